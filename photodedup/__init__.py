"""photodedup finds near-duplicate photos and clears the surplus without ever losing one."""

__version__ = "0.1.0"
