"""What can go wrong in the user's world; our own mistakes are assertions and tracebacks."""

from pathlib import Path

from photodedup.core.records import ProblemCode


class UserError(Exception):
    """Their file, their disk, their option: shown as one clear line, exit code 2.

    str() is plain English that names the file and the way out.
    """


class FolderMissing(UserError):
    """A folder that was asked for does not exist, or is not a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path}: no such folder. Check the spelling, or plug in its drive.")


class ModelError(UserError):
    """A model file that cannot be used."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(
            f"{path}: {reason}. Choose another with --model, or leave it out for the built-in one."
        )


class DeviceError(UserError):
    """The asked-for device cannot run the network."""

    def __init__(self, device: str, reason: str) -> None:
        self.device = device
        self.reason = reason
        super().__init__(
            f"--device {device}: {reason}. Use --device auto, or see: photodedup doctor"
        )


class PhotoError(UserError):
    """A photo that cannot be read; decode raises it, the scan lists it as a Problem."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: {reason}")


class PhotoProblem(PhotoError):
    """A photo that cannot be read, with the code under which a scan lists it."""

    def __init__(self, path: Path, code: ProblemCode, reason: str) -> None:
        self.code = code
        super().__init__(path, reason)


class StoreError(UserError):
    """A database of ours that cannot be opened or written."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: {reason}")
