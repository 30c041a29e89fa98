"""An int8 graph that takes bytes as they are gives what it gave before."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from training.byte_input import take_bytes


def graph(scale: float, zero: int) -> onnx.ModelProto:
    """Bytes / 255, minus a mean, by a spread, to 8 bits with this scale and zero, and a sum."""
    constants = {
        "full": np.float32(255), "mean": np.float32(0.45), "spread": np.float32(0.25),
        "scale": np.float32(scale), "zero": np.uint8(zero),
    }  # fmt: skip
    nodes = [
        helper.make_node("Transpose", ["photos"], ["turned"], perm=[0, 3, 1, 2]),
        helper.make_node("Cast", ["turned"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["float", "full"], ["whole"]),
        helper.make_node("Sub", ["whole", "mean"], ["centred"]),
        helper.make_node("Div", ["centred", "spread"], ["normal"]),
        helper.make_node("QuantizeLinear", ["normal", "scale", "zero"], ["bytes"]),
        helper.make_node("DequantizeLinear", ["bytes", "scale", "zero"], ["again"]),
        helper.make_node("ReduceMean", ["again"], ["embeddings"], axes=[2, 3], keepdims=0),
    ]
    made = helper.make_graph(
        nodes,
        "a network",
        [helper.make_tensor_value_info("photos", TensorProto.UINT8, ["count", 4, 4, 3])],
        [helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["count", 3])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def run(model: onnx.ModelProto) -> np.ndarray:
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    photos = np.random.default_rng(1).integers(0, 256, (5, 4, 4, 3), np.uint8)
    result: np.ndarray = session.run(None, {"photos": photos})[0]
    return result


def test_what_only_gives_the_bytes_back_is_dropped() -> None:
    model = graph(4 / 255, 115)
    before = run(model)
    assert take_bytes(model)
    assert [node.op_type for node in model.graph.node] == [
        "Transpose", "DequantizeLinear", "ReduceMean",
    ]  # fmt: skip
    assert {tensor.name for tensor in model.graph.initializer} == {"scale", "zero"}
    assert np.array_equal(run(model), before)
    assert not take_bytes(model)  # nothing is left to drop


@pytest.mark.parametrize(("scale", "zero"), [(2 / 255, 115), (4 / 255, 100), (4.2 / 255, 115)])
def test_what_changes_a_byte_stays(scale: float, zero: int) -> None:
    model = graph(scale, zero)
    before = model.SerializeToString()
    assert not take_bytes(model)
    assert model.SerializeToString() == before
