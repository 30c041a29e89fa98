"""The comparison with other tools counts their work, and no run in which photos were left out."""

import ast
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from tests.benchmarks import other_tools
from tests.data.make_photos import textured_photo


def tool(printed: str, code: int = 0) -> Sequence[str]:
    return [
        sys.executable,
        "-c",
        f"import sys; print('at work'); print({printed!r}); sys.exit({code})",
    ]


def test_a_tool_is_counted_by_the_seconds_it_prints(tmp_path: Path) -> None:
    run = other_tools.run_tool("some", tool('{"photos": 8, "seconds": 0.5}'), tmp_path, 8)

    assert run.per_second == 16
    assert run.wall_s > 0


@pytest.mark.parametrize("code", [0, 3])
def test_a_run_that_fails_or_leaves_photos_out_is_none(tmp_path: Path, code: int) -> None:
    with pytest.raises(SystemExit, match=r"read 7 of 8|ended with 3"):
        other_tools.run_tool("some", tool('{"photos": 7, "seconds": 0.5}', code), tmp_path, 8)


def test_what_runs_in_the_other_environments_is_whole() -> None:
    for code in (
        other_tools.IMAGEDEDUP,
        other_tools.DIFPY,
        other_tools.FASTDUP,
        other_tools.DUPEGURU,
    ):
        (shown,) = [s for s in ast.parse(code).body[-1:] if isinstance(s, ast.Expr)]

        assert ast.unparse(shown).startswith("print(")
        assert "'photos':" in ast.unparse(shown)
        assert "'seconds':" in ast.unparse(shown)


def test_an_environment_is_named_by_its_own_path(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.symlink_to(sys.executable)

    given = other_tools.read_arguments([str(tmp_path), "--fastdup", str(python)])

    assert other_tools.installed_tools(given)["fastdup"][0] == str(python)
    assert "difpy" not in other_tools.installed_tools(given)


def test_photos_of_many_folders_lie_in_one(tmp_path: Path) -> None:
    sources = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        sources.append(tmp_path / name / "photo.png")
        Image.fromarray(textured_photo(1, 60, 40)).save(sources[-1])
    (tmp_path / "flat").mkdir()

    size_bytes = other_tools.gather(sources, tmp_path / "flat")

    assert len(list((tmp_path / "flat").iterdir())) == 2
    assert size_bytes == sum(source.stat().st_size for source in sources)


def test_the_others_are_compared_with_our_slower_run() -> None:
    ours = [other_tools.Run("photodedup", 60, work_s, work_s + 1) for work_s in (2.0, 3.0)]

    table = other_tools.describe(ours, [other_tools.Run("other", 60, 12.0, 16.0)])

    assert table.splitlines()[-1].split() == ["other", "5.0", "12.0", "16.0", "4.00", "4.00"]
