import photodedup  # noqa: F401 - before NumPy, as in the program
