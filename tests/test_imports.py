"""Imports point one way: records and errors, the stages of core, the pipeline, the two faces.

Read from the source, imports inside functions included, so that nothing needs to run.
"""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
PHOTO_LIBRARIES = {
    "rawpy",
    "pillow_heif",
    "simplejpeg",
    "imagecodecs",
    "turbojpeg",
    "pyvips",
    "pylibjxl",
}
DECODE = "photodedup.core.decode"
READERS = {
    f"photodedup.core.{name}"
    for name in ("embedded_preview", "jpeg", "jpeg_xl", "pillow_formats", "raw_preview")
}


def module_name(path: Path) -> str:
    parts = path.relative_to(CHECKOUT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def sources(package: str) -> dict[str, ast.Module]:
    """Every module of a package, parsed, by its dotted name."""
    files = sorted((CHECKOUT / package).rglob("*.py"))
    return {module_name(file): ast.parse(file.read_text("utf-8"), str(file)) for file in files}


def imported(name: str, tree: ast.AST, known: set[str]) -> set[str]:
    """The modules that one module imports; for ours, the module and not the name within it."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: relative import"
            assert node.module is not None
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in known else node.module)
    return found


PHOTODEDUP = sources("photodedup")
TRAINING = sources("training")
KNOWN = {*PHOTODEDUP, *TRAINING}
IMPORTS = {name: imported(name, tree, KNOWN) for name, tree in (PHOTODEDUP | TRAINING).items()}


def importers(library: str) -> set[str]:
    """Which of our modules import a library, or a part of it."""
    return {
        name
        for name, imports in IMPORTS.items()
        if any(f"{module}.".startswith(f"{library}.") for module in imports)
    }


def is_core(name: str) -> bool:
    return f"{name}.".startswith("photodedup.core.")


def is_gui(name: str) -> bool:
    return f"{name}.".startswith("photodedup.gui.")


def opens_photos(tree: ast.AST) -> bool:
    """Whether Image.open is given anything but bytes in memory, or OpenCV reads a file."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        called = ast.unparse(node.func)
        in_memory = bool(node.args) and ast.unparse(node.args[0]).startswith(
            ("io.Bytes", "BytesIO")
        )
        if called.endswith("imread") or (called.endswith("Image.open") and not in_memory):
            return True
    return False


def test_the_check_itself_sees_imports() -> None:
    """A walk that found nothing would pass every other test here."""
    assert "photodedup.core.records" in IMPORTS["photodedup.core.pipeline"]
    assert len(PHOTODEDUP) > 20
    inside = ast.parse("def f():\n    from photodedup.core import records\n    import torch.nn\n")
    assert imported("x", inside, KNOWN) == {"photodedup.core.records", "torch.nn"}
    assert opens_photos(ast.parse("Image.open(path)"))
    assert not opens_photos(ast.parse("Image.open(io.BytesIO(jpeg))"))


def test_nothing_imports_training_or_the_tests() -> None:
    assert {name for name in importers("training") if name in PHOTODEDUP} == set()
    assert importers("tests") == set()


def test_training_imports_only_core() -> None:
    ours = {m for name in TRAINING for m in IMPORTS[name] if m.split(".")[0] == "photodedup"}

    assert {m for m in ours if not is_core(m) and m != "photodedup"} == set()


def test_qt_is_in_gui_alone() -> None:
    qt = importers("PySide6") | importers("shiboken6")

    assert {name for name in qt if not is_gui(name)} == set()


def test_torch_is_in_training_alone() -> None:
    assert importers("torch") <= set(TRAINING)


@pytest.mark.parametrize(
    ("library", "module"),
    [("onnxruntime", "photodedup.core.embed"), ("annoy", "photodedup.core.index")],
)
def test_one_module_owns_a_library(library: str, module: str) -> None:
    assert importers(library) - set(TRAINING) == {module}


def test_core_knows_no_face() -> None:
    for name in filter(is_core, IMPORTS):
        ours = {module for module in IMPORTS[name] if module.split(".")[0] == "photodedup"}
        assert {m for m in ours if not is_core(m) and m != "photodedup"} == set(), name


def test_the_faces_meet_only_where_the_command_line_opens_the_window() -> None:
    into_gui = {n for n in PHOTODEDUP if not is_gui(n) and any(map(is_gui, IMPORTS[n]))}

    assert into_gui <= {"photodedup.cli", "photodedup.__main__"}
    assert {n for n in importers("photodedup.cli") if is_gui(n)} == set()


def test_records_and_errors_stand_on_nothing_of_ours() -> None:
    both = {"photodedup.core.records", "photodedup.core.errors"}
    for name in both:
        assert {m for m in IMPORTS[name] if m.startswith("photodedup")} <= both


def test_only_decode_opens_photos() -> None:
    opening = {name for name, tree in PHOTODEDUP.items() if opens_photos(tree)}
    opening |= {n for library in PHOTO_LIBRARIES for n in importers(library)} - set(TRAINING)
    opening.discard("photodedup.core.worker_process")  # sets pillow-heif's number of threads

    assert opening, "decode was not seen"
    assert opening <= READERS | {DECODE}


def test_readers_of_single_formats_are_decodes_own() -> None:
    for reader in READERS:
        assert importers(reader), reader
        assert importers(reader) <= READERS | {DECODE}


def test_there_are_no_circles() -> None:
    graph = {name: {m for m in IMPORTS[name] if m in KNOWN} for name in KNOWN}

    assert set(TopologicalSorter(graph).static_order()) == KNOWN  # CycleError otherwise


def test_a_decoding_worker_loads_neither_qt_nor_onnxruntime_nor_torch() -> None:
    """Each worker would pay for them in memory and start-up, and Qt must not be forked."""
    ask = (
        "import sys, photodedup.core.workers;"
        "print({m.split('.')[0] for m in sys.modules} & {'PySide6', 'onnxruntime', 'torch'})"
    )
    answer = subprocess.run(
        [sys.executable, "-c", ask], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )

    assert answer.stdout.strip() == "set()"
