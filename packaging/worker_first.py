"""Runs before all else in every process of the package: those that read photos go no further.

PyInstaller's hook for Qt comes after this one and loads Qt, whatever the process is for.
"""

import sys
from multiprocessing import spawn

TRACKER = "from multiprocessing.resource_tracker import main;main("

if spawn.is_forking(sys.argv):
    spawn.freeze_support()  # works, and ends the process
elif sys.argv[-2:-1] == ["-c"] and sys.argv[-1].startswith(TRACKER):
    from multiprocessing.resource_tracker import main

    main(int(sys.argv[-1].removeprefix(TRACKER).removesuffix(")")))
    sys.exit()
