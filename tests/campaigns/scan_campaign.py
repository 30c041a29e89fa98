"""A real scan, killed with SIGKILL at random moments, and scanned again; run by hand.

    nice python -m tests.campaigns.scan_campaign --lives 50 --photos 120

A library is made of a seed and scanned undisturbed. Then each life begins without a cache: the
scan is killed after a random time, and run again to its end. The result must be the undisturbed
one; both databases must be sound and the user's decision kept; no worker process may outlive its
scan for long; and no photo that the killed scan had kept may be embedded again. Exit code 0 if
all that held; else the life is named, and its data folder is left.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from photodedup.core.database import find_damage
from photodedup.core.decisions import reject, rejected_pairs
from photodedup.core.digest import digest_file
from photodedup.core.library import open_library
from tests.data.make_photos import textured_photo
from tests.library_made import save_photo

CHECKOUT = Path(__file__).parents[2]
DIGEST_BYTES = 16
PATIENCE_S = 900.0  # a busy machine is no fault
ORPHANS_S = 20.0
COMPARED = ("groups", "similar", "problems", "complete", "model")


@dataclass(frozen=True, slots=True)
class Life:
    """What came of one kill. at_s: seconds after the program began; inf: it was done before.

    embedded: contents that the killed scan had embedded; kept: those of them that it had kept.
    again: contents that were embedded a second time, all of them lost by the kill.
    """

    at_s: float
    embedded: int
    kept: int
    again: int


def make_scan_library(folder: Path, photos: int) -> Path:
    """Photos, a half-size copy of every third, a crop of every fourth, and files that are none."""
    for seed in range(photos):
        below = folder / f"folder {seed % 5}"
        below.mkdir(parents=True, exist_ok=True)
        rgb = textured_photo(seed, 640, 480)
        save_photo(rgb, below / f"{seed}.jpg")
        if seed % 3 == 0:
            save_photo(textured_photo(seed, 320, 240), below / f"{seed} small.jpg", quality=80)
        if seed % 4 == 0:
            save_photo(rgb[24:440, 40:600], folder / f"{seed} crop.jpg")
    (folder / "folder 0" / "no photo.jpg").write_text("not a photo")
    whole = (folder / "folder 0" / "0.jpg").read_bytes()
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    return folder


class ScanCampaign:
    """Lives of one library; everything lies below root."""

    def __init__(self, root: Path, library: Path, model: Path | None, seed: int) -> None:
        self._root = root
        self._library = library
        self._model = model
        self._random = random.Random(seed)
        data = self._new_data("undisturbed")
        running = self._start(data, "undisturbed")
        started_s = time.monotonic()
        self.whole = self._finish(running, data, "undisturbed")
        self.duration_s = time.monotonic() - started_s
        self.contents = len(self._embedded(data, "undisturbed"))

    def live(self, name: str) -> Life:
        """One life. Raises AssertionError when a check fails."""
        data = self._new_data(name)
        at_s = self._random.uniform(0, self.duration_s)
        killed = self._kill_after(data, at_s)
        first = self._embedded(data, "killed")
        kept = _kept_contents(data / "cache" / "cache.db")
        result = self._finish(self._start(data, "after"), data, "after")
        assert result == self.whole, f"killed after {at_s:.2f} s, the result is another"
        second = self._embedded(data, "after")
        # a content has one network input, so what is missing of the whole is what was kept
        needless = kept - (self.contents - len(second))
        assert needless <= 0, f"killed after {at_s:.2f} s, {needless} were embedded needlessly"
        for database in (data / "cache" / "cache.db", data / "library.db"):
            with contextlib.closing(sqlite3.connect(database)) as connection:
                assert find_damage(connection) is None, database
        with open_library(data) as library:
            assert len(rejected_pairs(library)) == 1, "the user's decision is lost"
        shutil.rmtree(data)
        return Life(
            at_s if killed else float("inf"), len(first), kept, len(set(first) & set(second))
        )

    def _new_data(self, name: str) -> Path:
        """A data folder that holds one decision: two copies that the user calls none."""
        data = self._root / name
        data.mkdir()
        below = self._library / "folder 0"
        with open_library(data) as library:
            reject(library, [(digest_file(p), p) for p in (below / "0.jpg", below / "0 small.jpg")])
        return data

    def _start(self, data: Path, log: str) -> "subprocess.Popen[bytes]":
        """Start a scan, and return when its interpreter and libraries are loaded."""
        words = [sys.executable, "-m", "tests.campaigns.counted_scan", str(data / f"{log}.log")]
        words += ["--data-dir", str(data), "scan", str(self._library), "--device", "cpu"]
        words += ["--json", str(data / f"{log}.json")]
        if self._model is not None:
            words += ["--model", str(self._model)]
        # a session of its own, by which its workers are known when it is gone
        running = subprocess.Popen(
            words,
            cwd=CHECKOUT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        end_s = time.monotonic() + PATIENCE_S
        while not (data / f"{log}.log").exists():
            assert running.poll() is None
            assert time.monotonic() < end_s
            time.sleep(0.005)
        return running

    def _finish(self, running: "subprocess.Popen[bytes]", data: Path, log: str) -> dict[str, Any]:
        """The comparable part of what a scan found, once it has ended by itself."""
        code = running.wait(PATIENCE_S)
        assert code == 1, f"exit code {code}; see {data}"  # one file is no photo
        document = json.loads((data / f"{log}.json").read_text())
        counts = document["counts"]
        compared = {name: document[name] for name in COMPARED}
        compared["problems"] = sorted(compared["problems"], key=lambda problem: problem["path"])
        compared["found"], compared["skipped"] = counts["found"], counts["skipped"]
        compared["read"] = counts["embedded"] + counts["from_cache"]
        return compared

    def _kill_after(self, data: Path, at_s: float) -> bool:
        """Whether the scan still ran then."""
        running = self._start(data, "killed")
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(at_s)
        was_running = running.poll() is None
        running.kill()
        running.wait()
        end_s = time.monotonic() + ORPHANS_S
        while orphans := _processes_of_session(running.pid):
            if time.monotonic() > end_s:
                for orphan in orphans:
                    os.kill(orphan, signal.SIGKILL)
                raise AssertionError(f"{len(orphans)} workers outlived the scan")
            time.sleep(0.02)
        return was_running

    def _embedded(self, data: Path, log: str) -> set[bytes]:
        """The network inputs that a scan embedded, by digest."""
        noted = (data / f"{log}.log").read_bytes()
        assert len(noted) % DIGEST_BYTES == 0
        steps = range(0, len(noted), DIGEST_BYTES)
        return {noted[start : start + DIGEST_BYTES] for start in steps}


def _kept_contents(cache: Path) -> int:
    """How many contents a killed scan had kept whole."""
    if not cache.exists():
        return 0
    with contextlib.closing(sqlite3.connect(cache)) as connection:
        if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            return 0  # killed while it was made
        (kept,) = connection.execute(
            "SELECT count(DISTINCT digest) FROM photos JOIN embeddings USING (digest)"
        ).fetchone()
        return int(kept)


def _processes_of_session(session: int) -> list[int]:
    """Processes of a session that have not ended; none where there is no /proc."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, _, its_session = entry.read_text().rpartition(")")[2].split()[:4]
            if int(its_session) == session and state != "Z":
                found.append(int(entry.parent.name))
    return found


def main() -> int:
    """Run the campaign; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--lives", type=int, default=50)
    parser.add_argument("--photos", type=int, default=120)
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--model", type=Path, help="a network (default: the built-in one)")
    options = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="photodedup-scans-"))
    library = make_scan_library(root / "library", options.photos)
    campaign = ScanCampaign(root, library, options.model, options.seed)
    whole = campaign.whole
    print(
        f"undisturbed: {whole['found']} files, {campaign.contents} contents embedded, "
        f"{len(whole['groups'])} groups, {campaign.duration_s:.1f} s",
        flush=True,
    )
    lives = []
    for number in range(options.lives):
        try:
            life = campaign.live(f"life {number}")
        except BaseException:
            print(f"life {number} failed; its files are in {root}", file=sys.stderr)
            raise
        print(f"{number}: {life}", flush=True)
        lives.append(life)
    killed = [life for life in lives if life.at_s != float("inf")]
    again = sorted(life.again for life in killed)
    print(
        f"{len(lives)} lives, {len(killed)} killed while they ran, every result as undisturbed; "
        f"{sum(life.embedded for life in killed)} embedded before the kill, of which "
        f"{sum(life.kept for life in killed)} were kept and none of those embedded again; "
        f"{sum(again)} lost and embedded twice, at most {again[-1] if again else 0} in one life"
    )
    shutil.rmtree(root)
    return 0


if __name__ == "__main__":
    sys.exit(main())
