"""What photodedup does, without a face: no Qt, no torch."""
