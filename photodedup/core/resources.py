"""Where the models and icons lie that come with the program."""

from pathlib import Path

import photodedup

DEFAULT_MODEL_NAME = "default.txt"  # names the model to use where a folder holds several


def resource_folder() -> Path:
    """The packaged copy, else the checkout's: an editable install has only the second."""
    package = Path(photodedup.__file__).parent
    packaged = package / "resources"
    return packaged if packaged.is_dir() else package.parent / "resources"


def default_model() -> Path:
    """The built-in network's ONNX file."""
    models = resource_folder() / "models"
    choice = models / DEFAULT_MODEL_NAME
    if choice.is_file():
        return models / choice.read_text(encoding="utf-8").strip()
    found = sorted(models.glob("*.onnx"))
    assert len(found) == 1, f"expected one model in {models}, or {DEFAULT_MODEL_NAME}"
    return found[0]
