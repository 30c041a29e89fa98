"""Photos to unit embeddings through ONNX Runtime; the only module that imports onnxruntime."""

import contextlib
import ctypes
import io
import json
import logging
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

# Before the import: it would write a device id and a database into the user's home.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime as ort

from photodedup.core.background import Background
from photodedup.core.calibration import Calibration
from photodedup.core.errors import DeviceError, ModelError
from photodedup.core.preprocess import PREPROCESS_ID
from photodedup.core.resources import default_model

DEVICES = ("auto", "cpu", "cuda")
CPU_BATCH = 16  # larger ones gain nothing on a CPU (measured) and hold the first results back
CUDA_BATCH = 128
CUDA_LIBRARIES = ("libcuda.so.1",) if os.name == "posix" else ("nvcuda.dll",)
SILENT = 4  # ONNX Runtime's log level "fatal": what fails is raised, and told by us
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What an ONNX file says about itself in its metadata.

    background: without photos where the file has none, as those of older exports.
    """

    path: Path
    model_id: str
    preprocess_id: str
    input_size: int  # pixels a side
    dimension: int
    calibration: Calibration
    background: Background

    @property
    def key(self) -> str:
        """What an embedding depends on beside the photo."""
        return f"{self.model_id}/{self.preprocess_id}"


class Embedder:
    """A network on a device.

    model: an ONNX file; None: the built-in network's for the device. device: "cuda" or "cpu", the
    one that runs. device_reason: why CUDA is not used, or "". Raises ModelError for a file that is
    missing, corrupt, or without our metadata, and DeviceError if device is "cuda" and CUDA does
    not work.
    """

    def __init__(self, model: Path | None, device: str = "auto", threads: int = 0) -> None:
        assert device in DEVICES
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads  # 0: all cores
        options.add_session_config_entry(
            "session.intra_op.allow_spinning", "0"
        )  # decoders need them
        options.log_severity_level = SILENT
        self.device_reason = "" if device == "cpu" else cuda_obstacle()
        if device == "cuda" and self.device_reason:
            raise DeviceError(device, self.device_reason)
        wants_cuda = device != "cpu" and not self.device_reason
        path = model or default_model("cuda" if wants_cuda else "cpu")
        self._session = _open_session(path, options, wants_cuda)
        self.device = "cuda" if "CUDAExecutionProvider" in self._session.get_providers() else "cpu"
        if wants_cuda and self.device == "cpu":
            self.device_reason = "ONNX Runtime could not start CUDA on this GPU and driver"
            if device == "cuda":
                raise DeviceError(device, self.device_reason)
            path = model or default_model("cpu")
            self._session = _open_session(path, options, wants_cuda=False)
        self.model = _read_info(path, self._session)
        self.batch_size = CUDA_BATCH if self.device == "cuda" else CPU_BATCH

    def embed(self, inputs: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Embed (N, S, S, 3) uint8 network inputs (see preprocess.py).

        Returns (N, D) float32 rows of length 1. Raises ModelError if any is not finite: such a
        row would silently be everyone's neighbour.
        """
        (embeddings,) = self._session.run(None, {self._session.get_inputs()[0].name: inputs})
        rows = np.asarray(embeddings, np.float32)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        if not np.isfinite(rows).all() or (lengths == 0).any():
            raise ModelError(self.model.path, "the network gave numbers that are not finite")
        return np.asarray(rows / lengths, np.float32)


def available_providers() -> list[str]:
    """What this ONNX Runtime was built to run on, by its own names; not all need work here."""
    return list(ort.get_available_providers())


def cuda_obstacle() -> str:
    """Why CUDA cannot be used here, in one sentence; "" if nothing is known against it."""
    if "CUDAExecutionProvider" not in ort.get_available_providers():
        return "this ONNX Runtime was built without CUDA (the package onnxruntime-gpu has it)"
    for name in CUDA_LIBRARIES:
        try:
            ctypes.CDLL(name)
        except OSError:
            return f"no NVIDIA driver ({name} was not found)"
    with contextlib.redirect_stdout(io.StringIO()):  # it prints what it misses; we say it ourselves
        ort.preload_dlls()  # finds the CUDA and cuDNN that pip installed
    provider = Path(ort.__file__).parent / "capi" / "libonnxruntime_providers_cuda.so"
    if provider.is_file():
        try:
            ctypes.CDLL(str(provider))
        except OSError as error:
            reason = str(error.__cause__ or error)  # a package's loader raises its own from it
            missing = reason.split(":", 1)[0]
            if "providers_cuda" not in missing and "undefined symbol" not in reason:
                return f"the CUDA library {missing} is missing ({_cuda_advice()})"
    return ""


def _cuda_advice() -> str:
    if getattr(sys, "frozen", False):
        return "start with LD_LIBRARY_PATH naming the folders of CUDA and cuDNN"
    return "pip install 'photodedup[cuda]' brings all of them"


def _open_session(
    model: Path, options: ort.SessionOptions, wants_cuda: bool
) -> ort.InferenceSession:
    if not model.is_file():
        raise ModelError(model, "no such model file")
    providers = ["CPUExecutionProvider"]
    if wants_cuda:
        providers.insert(0, "CUDAExecutionProvider")
    try:
        return ort.InferenceSession(str(model), options, providers=providers)
    except Exception as error:  # ONNX Runtime's errors have no common base of their own
        log.info("%s: %s", model, error)
        raise ModelError(model, "not a sound ONNX model") from error


def _read_info(path: Path, session: ort.InferenceSession) -> ModelInfo:
    metadata = session.get_modelmeta().custom_metadata_map
    try:
        info = ModelInfo(
            path=path,
            model_id=metadata["model_id"],
            preprocess_id=metadata["preprocess_id"],
            input_size=int(metadata["input_size"]),
            dimension=int(metadata["dimension"]),
            calibration=Calibration.from_json(metadata["calibration"]),
            background=Background.from_text(
                metadata.get("background", ""), int(metadata["dimension"])
            ),
        )
    except KeyError as error:
        raise ModelError(
            path, f"its metadata lacks {error}; export it with training.export"
        ) from None
    except (ValueError, TypeError, json.JSONDecodeError) as error:
        raise ModelError(path, f"its metadata is not valid ({error})") from error
    if info.preprocess_id != PREPROCESS_ID:
        raise ModelError(
            path,
            f"made for the preprocessing {info.preprocess_id!r}, this is {PREPROCESS_ID!r}",
        )
    photos, embeddings = session.get_inputs()[0], session.get_outputs()[0]
    if photos.shape[1:] != [info.input_size, info.input_size, 3] or photos.type != "tensor(uint8)":
        raise ModelError(
            path, f"its input is {photos.type} {photos.shape}, not what its metadata says"
        )
    if embeddings.shape[1:] != [info.dimension]:
        raise ModelError(path, f"its output is {embeddings.shape}, not what its metadata says")
    return info
