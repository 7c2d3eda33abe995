"""Where what the scripts and tests fetch and make is kept for the next time: numpy-abicheck in the user's cache folder."""
import os
import pathlib

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache").resolve() / "numpy-abicheck"
