"""What is freed is used again."""

import mmap
import platform
import subprocess
import sys

import pytest

_COUNT_FAULTS = """
import resource
import numpy as np
from photodedup.core.freed_memory import keep_freed_memory

def use():
    for _ in range(50):
        pieces = [np.ones(1 << 20, np.uint8) for _ in range(8)]
        del pieces

keep_freed_memory()
use()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
use()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told anything")
def test_freed_pictures_need_no_fresh_pages() -> None:
    command = [sys.executable, "-c", _COUNT_FAULTS]
    faults = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert faults < 50 * 8 * (1 << 20) / mmap.PAGESIZE / 100  # a page for each, if given back
