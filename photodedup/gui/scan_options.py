"""How the window scans: what the settings dialog changes beside language and theme."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from photodedup.core.reading_limits import ReadingLimits
from photodedup.core.store import PREVIEWS_LIMIT_BYTES
from photodedup.gui.keep_choice import KeepChoice

MOST_WORKERS = 64
MOST_PREVIEWS_BYTES = 200 * 2**30


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """device: "auto", "cpu" or "cuda". model: an ONNX file, None: the built-in one.

    workers: processes that read photos, None: one a core. excluded: globs on names, and on paths
    below a folder. previews_bytes: how large the kept previews may grow. limits: what one photo
    may ask for before it is refused. watch: whether new photos are read as they come. quick:
    whether only photos that may have a copy are read; see core/quick_scan.py.
    """

    device: str = "auto"
    model: Path | None = None
    workers: int | None = None
    excluded: tuple[str, ...] = ()
    keep: KeepChoice = field(default_factory=KeepChoice)
    previews_bytes: int = PREVIEWS_LIMIT_BYTES
    limits: ReadingLimits = field(default_factory=ReadingLimits)
    watch: bool = False
    quick: bool = False

    def for_result(self) -> "ScanOptions":
        """Without what changes nothing in what a scan finds."""
        return replace(self, workers=None, previews_bytes=0, watch=False)
