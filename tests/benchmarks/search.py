"""How soon a search by example is answered in a large library.

    python -m tests.benchmarks.search PHOTOS ... [--library 100000] [--queries 40]

Makes 12-megapixel JPEGs of 3 to 4 MB from folders of photos (those of throughput.py), scans them,
and adds made-up embeddings until the library has as many photos as asked for. Then gives some of
the files to the real window, offscreen, one after the other, as if they were dropped:

    answer       from the drop until the photos found are painted in their order (but for their
                 thumbnails): read, decode, embed, look up
    relations    from then until what they are to the query is named, as far as it can be
    first        the first search after the start: the window reads the embeddings of all photos
                 and starts the process that reads queries

and shows the parts of an answer apart, measured without a window.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from photodedup.core.embed import Embedder
from photodedup.core.environment import DataFolders, default_folders
from photodedup.core.index import ExactIndex
from photodedup.core.job import JobControl
from photodedup.core.pipeline import ScanRequest, run_scan
from photodedup.core.records import Metadata, Photo, PhotoFile
from photodedup.core.scan import find_photos
from photodedup.core.store import CacheStore
from photodedup.core.workers import PhotoReader, PreparedPhoto
from tests.benchmarks.camera_photos import make_camera_photos
from tests.benchmarks.known_library import photos_in
from tests.benchmarks.scale import make_embeddings
from tests.benchmarks.throughput import processor

CHECKOUT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120.0
LOOK_MS = 10  # how exactly it is seen when all relations are named


def fill_library(folders: DataFolders, model_key: str, count: int) -> None:
    """Let the cache know count photos more, without pixels: only their embeddings matter here."""
    embeddings = make_embeddings(np.arange(count), np.random.default_rng(1))
    photos = []
    for number in range(count):
        digest = number.to_bytes(16)
        file = PhotoFile(Path(f"/made-up/{number:07}.jpg"), 3_000_000, 0, 1, number)
        photos.append(Photo(file, digest, digest, "JPEG", 4000, 3000, False, 1.0, Metadata()))
    with CacheStore(folders.cache) as store:
        store.add_embeddings(model_key, [photo.digest for photo in photos], embeddings)
        store.add_photos((photo, None) for photo in photos)


def measure_window(folders: DataFolders, queries: Sequence[Path]) -> dict[str, list[float]]:
    """Drop each query on the window; milliseconds of "first", "answer" and "relations"."""
    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtWidgets import QApplication

    from photodedup.gui.backend import CoreBackend
    from photodedup.gui.main_window import MainWindow
    from photodedup.gui.session import Session
    from photodedup.gui.window_settings import WindowSettings

    app = QApplication([])
    backend = CoreBackend(folders)
    session = Session(backend)
    window = MainWindow(session, backend, WindowSettings(folders.data))
    window.show()
    answers: list[float] = []

    def answered() -> None:  # after the page's own slot, which was connected first
        window.pages.search.grid.viewport().repaint()
        answers.append(time.perf_counter())

    searcher = window.pages.search.searcher
    searcher.answered.connect(answered)
    times: dict[str, list[float]] = {"first": [], "answer": [], "relations": []}
    loop, ticks = QEventLoop(), QTimer(interval=LOOK_MS)  # QTest.qWait would block other threads
    ticks.timeout.connect(loop.quit)
    ticks.start()
    for number, query in enumerate(queries):
        dropped_s = time.perf_counter()
        window.open_paths([query])
        while len(answers) == number or searcher.is_naming:
            assert time.perf_counter() - dropped_s < PATIENCE_S, "no answer"
            loop.exec()
        named_s = time.perf_counter()
        (best, *_) = window.pages.search.model.cards
        assert best.photo.path == query, best.photo.path
        times["answer" if number else "first"].append(1000 * (answers[-1] - dropped_s))
        times["relations"].append(1000 * (named_s - answers[-1]))
    window.close()
    session.shut_down()
    backend.close()
    app.processEvents()
    return times


def measure_parts(folders: DataFolders, queries: Sequence[Path]) -> dict[str, list[float]]:
    """The parts of an answer; milliseconds of "read", "embed", "look up" and "together"."""
    embedder = Embedder(None, "auto")
    model = embedder.model
    with CacheStore(folders.cache) as store:
        digests = list({digest for _, digest in store.embedded_paths(model.key)})
        index = ExactIndex(store.embeddings(model.key, digests, model.dimension))
    times: dict[str, list[float]] = {"read": [], "embed": [], "look up": [], "together": []}
    with PhotoReader(1, model.input_size) as reader:
        folder = queries[0].parent
        found = find_photos([folder], [], lambda problem: None)
        files = [file for file in found if file.path in set(queries)]
        list(reader.prepare(files[:1]))  # the process starts
        for file in files:
            began_s = time.perf_counter()
            (prepared,) = reader.prepare([file])
            read_s = time.perf_counter()
            assert isinstance(prepared, PreparedPhoto)
            (embedding,) = embedder.embed(prepared.network_input[None])
            embedded_s = time.perf_counter()
            index.nearest(embedding, 100)
            times["read"].append(1000 * (read_s - began_s))
            times["embed"].append(1000 * (embedded_s - read_s))
            found_s = time.perf_counter()
            times["look up"].append(1000 * (found_s - embedded_s))
            times["together"].append(1000 * (found_s - began_s))
    return times


def describe(times: dict[str, list[float]]) -> Iterator[str]:
    """A line for each name: the median, and what 95 % stay below."""
    for name, taken in times.items():
        median, most = np.percentile(taken, [50, 95])
        yield f"{name:<12}{median:>8.0f} ms median{most:>8.0f} ms for 95 % of {len(taken)}"


def read_arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "photos", type=Path, nargs="+", help="folders of photos to make large ones from"
    )
    parser.add_argument("--count", type=int, default=600, help="files to make; default: 600")
    parser.add_argument("--library", type=int, default=100_000, help="default: 100000")
    parser.add_argument("--queries", type=int, default=40, help="default: 40")
    parser.add_argument(
        "--work",
        type=Path,
        default=CHECKOUT / "build" / "throughput",
        help="the files are made here once and kept; default: build/throughput in the checkout",
    )
    parser.add_argument("--json", type=Path, help="write the figures")
    return parser.parse_args(argv)


def main() -> None:
    """Make the library, search, print the milliseconds."""
    given = read_arguments()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    folder = (given.work / f"{given.count}").resolve()
    sources = [photo for source in given.photos for photo in photos_in(source)]
    photos = make_camera_photos(sources, given.count, folder)
    queries = photos[:: max(1, len(photos) // (given.queries + 1))][: given.queries + 1]
    with tempfile.TemporaryDirectory(prefix="photodedup-search-") as temporary:
        folders = default_folders(Path(temporary))
        run_scan(ScanRequest((folder,)), folders, JobControl())
        model = Embedder(None, "auto").model
        fill_library(folders, model.key, given.library - len(photos))
        print(f"{given.library:,} photos, {processor()}, {os.cpu_count()} cores")
        times = measure_window(folders, queries) | measure_parts(folders, queries)
    print("\n".join(describe(times)))
    if given.json:
        given.json.write_text(json.dumps(times, indent=1), "utf-8")


if __name__ == "__main__":
    main()
