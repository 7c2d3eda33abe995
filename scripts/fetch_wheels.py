#!/usr/bin/env python3
"""Fetch wheels from the Python package index by name and version, and check their hashes.

usage: fetch_wheels.py LIST.tsv FOLDER
LIST.tsv: name, version, wheel file name, SHA-256; lines that begin with # are comments. A wheel that is already there
with the right hash is kept. Exit status 1 when one could not be had.
"""
import concurrent.futures
import hashlib
import pathlib
import re
import subprocess
import sys


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def tag_options(wheel):
    """pip's options that select exactly this file, whatever Python runs pip."""
    python, abi, platform = wheel[: -len(".whl")].split("-")[-3:]
    kind, major, minor = re.match(r"(cp|py)(\d)(\d*)", python.split(".")[-1]).groups()
    options = ["--implementation", kind, "--python-version", major + ("." + minor if minor else "")]
    for one in abi.split("."):
        options += ["--abi", one]
    for one in platform.split("."):
        options += ["--platform", one]
    return options


def fetch(name, version, wheel, wanted, folder):
    path = folder / wheel
    if path.exists() and digest(path) == wanted:
        return None
    command = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps", "--ignore-requires-python", "--only-binary", ":all:",
               "-d", str(folder), *tag_options(wheel), f"{name}=={version}"]
    done = subprocess.run(command, capture_output=True, text=True)
    if path.exists() and digest(path) == wanted:
        return None
    if path.exists():
        path.unlink()
        return f"{wheel}: the index has another file under this name"
    return f"{wheel}: {(done.stderr.strip().splitlines() or ['not fetched'])[-1]}"


def entries(listing):
    for line in pathlib.Path(listing).read_text().splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")[:4]


def main():
    listing, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        problems = [p for p in pool.map(lambda e: fetch(*e, folder), list(entries(listing))) if p]
    for problem in problems:
        print("not fetched: " + problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
