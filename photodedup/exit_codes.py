"""What the command line returns; scripts rely on it."""

DONE = 0
PROBLEMS_LISTED = 1  # done, with problems or skipped items listed
USER_ERROR = 2
INTERNAL_ERROR = 3
INTERRUPTED = 130
