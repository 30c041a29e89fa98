"""Seeded damage to files: bits flipped, ends cut off, parts swapped, sizes made huge."""

import numpy as np

KINDS = ("flip", "cut", "swap", "huge", "zero", "repeat")


def mutated(data: bytes, seed: int) -> tuple[str, bytes]:
    """Damage a file in one way; returns the way's name and the bytes. The same seed, the same."""
    random = np.random.default_rng([seed, 0xBAD])
    kind = KINDS[seed % len(KINDS)]
    damaged = bytearray(data)
    if kind == "flip":
        for _ in range(int(random.integers(1, 12))):
            damaged[int(random.integers(len(data)))] ^= 1 << int(random.integers(8))
    elif kind == "cut":
        del damaged[int(random.integers(1, len(data))) :]
    elif kind == "swap":
        length = int(random.integers(1, max(2, len(data) // 8)))
        a, b = sorted(random.integers(0, max(1, len(data) - length), 2).tolist())
        damaged[a : a + length], damaged[b : b + length] = (
            data[b : b + length],
            data[a : a + length],
        )
    elif kind == "huge":  # most sizes stand in the first bytes, as numbers of 2 or 4 bytes
        width = int(random.choice([2, 4]))
        place = int(random.integers(2, min(len(data), 700) - width))
        damaged[place : place + width] = bytes(
            [int(random.choice([0x7F, 0xFF])), *b"\xff\xff\xff"]
        )[:width]
    elif kind == "zero":
        place, length = int(random.integers(len(data))), int(random.integers(1, len(data) // 4 + 2))
        damaged[place : place + length] = bytes(len(damaged[place : place + length]))
    else:
        place, length = int(random.integers(len(data))), int(random.integers(1, 3000))
        damaged[place:place] = data[place : place + length]
    return kind, bytes(damaged)
