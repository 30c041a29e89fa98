"""What the packaged `photodedup` runs first."""

import sys

from frozen import leave_host_libraries_alone

if __name__ == "__main__":
    leave_host_libraries_alone()
    from photodedup.cli import main

    sys.exit(main())
