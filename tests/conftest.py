"""Fixtures that several tests share: a small network, data folders."""

from pathlib import Path

import hypothesis
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from photodedup.core.calibration import FEATURES, Calibration
from photodedup.core.environment import DataFolders, default_folders
from photodedup.core.preprocess import PREPROCESS_ID

hypothesis.settings.register_profile("patient", deadline=None)  # a busy machine is no fault
hypothesis.settings.load_profile("patient")

TINY_SIZE = 64
TINY_CELLS = 8
TINY_DIMENSION = TINY_CELLS * TINY_CELLS * 3

CALIBRATION = Calibration(
    propose_cosine=0.6,
    intercept=2.0,
    weights=tuple(-25.0 if name == "low blocks" else 0.0 for name in FEATURES),
    strict=0.8,
    balanced=0.5,
    broad=0.2,
)


def write_tiny_model(path: Path, **changed: str) -> Path:
    """Write a network whose embedding is the mean colour of 8 x 8 cells, less the overall mean.

    changed: metadata to replace; an empty string leaves the entry out.
    """
    mean = numpy_helper.from_array(np.array([1, 2, 3], np.int64), "axes")
    nodes = [
        helper.make_node("Cast", ["photos"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["floats"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node(
            "AveragePool",
            ["planes"],
            ["cells"],
            kernel_shape=[TINY_SIZE // TINY_CELLS] * 2,
            strides=[TINY_SIZE // TINY_CELLS] * 2,
        ),
        helper.make_node("ReduceMean", ["cells", "axes"], ["mean"], keepdims=1),
        helper.make_node("Sub", ["cells", "mean"], ["centred"]),
        helper.make_node("Flatten", ["centred"], ["flat"], axis=1),
        helper.make_node("LpNormalization", ["flat"], ["embeddings"], axis=1, p=2),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [
            helper.make_tensor_value_info(
                "photos", TensorProto.UINT8, ["n", TINY_SIZE, TINY_SIZE, 3]
            )
        ],
        [helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["n", TINY_DIMENSION])],
        [mean],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    metadata = {
        "model_id": "tiny",
        "preprocess_id": PREPROCESS_ID,
        "input_size": str(TINY_SIZE),
        "dimension": str(TINY_DIMENSION),
        "calibration": CALIBRATION.to_json(),
        **changed,
    }
    helper.set_model_props(model, {key: value for key, value in metadata.items() if value})
    onnx.save(model, path)
    return path


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that needs no training: colours of a grid of cells."""
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.onnx")


@pytest.fixture
def folders(tmp_path: Path) -> DataFolders:
    """Data folders of this test alone."""
    return default_folders(tmp_path / "data-folders")
