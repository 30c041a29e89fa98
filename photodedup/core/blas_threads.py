"""How many threads NumPy's matrix products take."""

import contextlib
from collections.abc import Iterator

from threadpoolctl import threadpool_limits


@contextlib.contextmanager
def one_blas_thread() -> Iterator[None]:
    """NumPy's matrix products on one thread: OpenBLAS's others spin while they wait.

    For work that has a thread of its own on every core. While photos are read and verified that
    took 6 % of a whole scan.
    """
    with threadpool_limits(1, user_api="blas"):
        yield
