"""What only a packaged program has to put right."""

import os
import sys


def leave_host_libraries_alone() -> None:
    """Give programs started from here the library path that this one was started with.

    PyInstaller's loader puts the package's folder into LD_LIBRARY_PATH. The file manager that a
    photo is opened in would then take our libraries for its own. What is loaded into this process
    is unaffected: the dynamic linker read the variable before.
    """
    if not sys.platform.startswith("linux"):
        return
    before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
    if before is None:
        os.environ.pop("LD_LIBRARY_PATH", None)
    else:
        os.environ["LD_LIBRARY_PATH"] = before
