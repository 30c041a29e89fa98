"""photodedup finds near-duplicate photos and clears the surplus without ever losing one."""

import os

__version__ = "0.1.0"

# Before NumPy is imported: else OpenBLAS starts a thread for every core, in each process that
# reads photos too, and these spin while they wait. What takes long has threads of its own.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
