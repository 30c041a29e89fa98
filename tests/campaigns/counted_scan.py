"""The real command line in a process of its own, which notes what it embeds; for scan_campaign.

    python -m tests.campaigns.counted_scan LOG scan FOLDER ...

LOG is made when the program begins. Each network input that was embedded adds its digest
(16 bytes), at once and whole, so that it is there whenever the process is killed.
"""

import os
import sys

import numpy as np
import numpy.typing as npt

from photodedup.cli import main
from photodedup.core.digest import digest_bytes
from photodedup.core.embed import Embedder


def count_into(log: str) -> None:
    """Let every embedder note what it has embedded."""
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    embed = Embedder.embed

    def counted(self: Embedder, inputs: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        embeddings = embed(self, inputs)
        os.write(handle, b"".join(digest_bytes(photo.tobytes()) for photo in inputs))
        return embeddings

    Embedder.embed = counted  # type: ignore[method-assign]


if __name__ == "__main__":
    count_into(sys.argv[1])
    sys.exit(main(sys.argv[2:]))
