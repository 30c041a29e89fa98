"""Training, evaluation, calibration and export of the embedding network: torch only here."""
