"""python -m photodedup: the window; with a sub-command, the command line."""

import sys

from photodedup.cli import main

if __name__ == "__main__":  # worker processes import this module too
    sys.exit(main())
