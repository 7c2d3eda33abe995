"""The fixture farm: modules whose truth is known from their source and their compiler. See ../fixture_farm.py."""
import pathlib
import subprocess

import user_cache

FOLDER = pathlib.Path(__file__).resolve().parent
ROOT = FOLDER.parent.parent
SOURCES = FOLDER / "sources"
CACHE = user_cache.CACHE / "farm"


class NotBuilt(Exception):
    """A compiler or linker refused; the text is what it said."""


def run(command, **options):
    """Standard output of a command that must succeed."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, errors="replace", **options)
    if done.returncode:
        raise NotBuilt(f"{' '.join(map(str, command))}\n{done.stderr.strip()[:2000]}")
    return done.stdout
