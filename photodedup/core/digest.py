"""What a file holds, in 16 bytes: the key of everything that must survive a move."""

from pathlib import Path

import xxhash

CHUNK_BYTES = 1 << 20


def digest_bytes(*parts: bytes | memoryview) -> bytes:
    """XXH3-128 of a whole file's bytes, or of other data, parts that are C-contiguous; 16 bytes.

    Not cryptographic: before a file is touched, plan and apply compare SHA-256 as well.
    """
    digest = xxhash.xxh3_128()
    for part in parts:
        digest.update(part)
    return digest.digest()


def digest_file(path: Path) -> bytes:
    """digest_bytes of a file, read in pieces. Raises OSError."""
    digest = xxhash.xxh3_128()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.digest()
