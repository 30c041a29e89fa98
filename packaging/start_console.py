"""What the packaged `photodedup` runs first."""

import multiprocessing
import sys

from frozen import leave_host_libraries_alone

if __name__ == "__main__":
    multiprocessing.freeze_support()  # a process that reads photos ends here, with no Qt loaded
    leave_host_libraries_alone()
    from photodedup.cli import main

    sys.exit(main())
