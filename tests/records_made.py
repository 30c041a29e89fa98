"""Records for tests that need no pixels."""

import os
from pathlib import Path

from photodedup.core.digest import digest_bytes
from photodedup.core.records import Metadata, Photo, PhotoFile


def make_photo(
    name: str,
    *,
    content: str | None = None,
    width: int = 4000,
    height: int = 3000,
    size_bytes: int = 3_000_000,
    inode: int | None = None,
    metadata: Metadata | None = None,
    damaged: bool = False,
) -> Photo:
    """A photo of /photos/NAME; equal content means equal bytes."""
    digest = digest_bytes(os.fsencode(content or name))
    file = PhotoFile(
        path=Path("/photos") / name,
        size_bytes=size_bytes,
        mtime_ns=1_700_000_000_000_000_000,
        device=1,
        inode=inode if inode is not None else int.from_bytes(digest_bytes(os.fsencode(name))[:6]),
    )
    return Photo(
        file=file,
        digest=digest,
        pixel_digest=digest,
        format="JPEG",
        width=width,
        height=height,
        damaged=damaged,
        sharpness=100.0,
        metadata=metadata or Metadata(),
    )
