#!/usr/bin/env python3
"""Fetch source distributions from the Python package index by name and version, and check their hashes.

usage: fetch_sdists.py LIST.tsv FOLDER [NAME]...
       fetch_sdists.py --state NAME==VERSION...

LIST.tsv: name, version, file name, SHA-256; lines that begin with # are comments. A file that is already there with the right hash
is kept. With names only those are fetched. --state prints such lines, with the hashes that the index states. pip itself would run the setup.py of what it
downloads; nothing here is run. Exit status 1 when one could not be had.
"""
import concurrent.futures
import pathlib
import re
import sys
import urllib.error

from abi_db_tools.artefacts import digest, entries_of_page, open_url, pip_index

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
SUFFIXES = (".tar.gz", ".zip", ".tar.bz2", ".tgz")


def sdists_of(name):
    """File name to (address, SHA-256) of every source distribution of a project."""
    base = f"{pip_index().rstrip('/')}/{re.sub(r'[-_.]+', '-', name).lower()}/"
    with open_url(base, Accept=ACCEPT) as reply:
        page = reply.read().decode()
    return {entry[0]: entry[1:3] for entry in entries_of_page(page, base) if entry[0].endswith(SUFFIXES)}


def entries(listing):
    for line in pathlib.Path(listing).read_text().splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")[:4]


def fetch(name, version, file, wanted, folder):
    """What went wrong, or None."""
    path = folder / file
    if path.exists() and digest(path.read_bytes()) == wanted:
        return None
    try:
        address, _ = sdists_of(name)[file]
        with open_url(address) as reply:
            data = reply.read()
    except (OSError, KeyError) as problem:
        return f"{file}: {problem!r}"
    if digest(data) != wanted:
        return f"{file}: the index has another file under this name"
    path.write_bytes(data)
    return None


def fetch_all(listing, folder, names=()):
    folder.mkdir(parents=True, exist_ok=True)
    chosen = [entry for entry in entries(listing) if not names or entry[0] in names]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return [problem for problem in pool.map(lambda entry: fetch(*entry, folder), chosen) if problem]


def state(specs):
    for spec in specs:
        name, _, version = spec.partition("==")
        try:
            found = sdists_of(name)
        except urllib.error.HTTPError as problem:
            print(f"# {name}: {problem}")
            continue
        file = next((file for suffix in SUFFIXES for file in found if file.endswith(f"-{version}{suffix}")), None)
        print("\t".join((name, version, file, found[file][1])) if file else f"# {name} {version}: none", flush=True)


def main():
    if sys.argv[1] == "--state":
        return state(sys.argv[2:])
    problems = fetch_all(sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:])
    for problem in problems:
        print("not fetched: " + problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
