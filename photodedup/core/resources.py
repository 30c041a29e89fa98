"""Where the models and icons lie that come with the program."""

from pathlib import Path

import photodedup

DEFAULT_MODELS_NAME = "default.txt"  # a line for each device: "cpu FILE", "cuda FILE"


def resource_folder() -> Path:
    """The packaged copy, else the checkout's: an editable install has only the second."""
    package = Path(photodedup.__file__).parent
    packaged = package / "resources"
    return packaged if packaged.is_dir() else package.parent / "resources"


def default_model(device: str) -> Path:
    """The built-in network's ONNX file for "cpu" or "cuda".

    Two files of one network: 8 bits are for CPUs, floats for GPUs. To the cache they are two.
    """
    models = resource_folder() / "models"
    lines = (models / DEFAULT_MODELS_NAME).read_text(encoding="utf-8").splitlines()
    return models / dict(line.split() for line in lines)[device]
