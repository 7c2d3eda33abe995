#!/usr/bin/env python3
"""Compare what abicheck says of sources with what it says of the wheel that was built from them.

usage: compare_sources.py [NAME]... [--list LIST.tsv] [--cache DIR] [--json]
       compare_sources.py --pair SDIST WHEEL

LIST.tsv: name, version, source distribution, its SHA-256, wheel, its SHA-256. Both are fetched from the package index; nothing of them is run.
Every module of the wheel that uses NumPy is compared with the sources that the project's build files name for it, scanned with the
headers that the module was compiled with, as its API version, sizes and texts tell:

- which tables it imports, and whether the import runs
- the entries that it uses, but for those that _import_array() itself asks
- the API version that is compiled in (the target of the sources)
- the lowest NumPy that has all entries

Sources are scanned with -DNDEBUG, which setuptools, and release builds of CMake and meson, pass. A module is not compared where the
distribution holds Cython sources without the C made from them, where none of its sources includes NumPy's headers (pybind11 brings a
table of its own), or where a header that is missing leaves a source half read and what was read differs. Prints every difference with its
reason, and the totals. Exit status 1 when one has no reason, 77 where the files cannot be had.
"""
import argparse
import collections
import functools
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import zipfile

import fetch_sdists
import fetch_wheels
from platform_tools import headers, wheels
from source_tools import agreement, build_files
from user_cache import CACHE

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = os.environ.get("ABICHECK", str(ROOT / "build" / "release" / "abicheck"))
TEXTS = (*build_files.SUFFIXES, ".py", "meson.build", "CMakeLists.txt")


def texts_of(sdist):
    """Path -> text of the sources and build files."""
    if zipfile.is_zipfile(sdist):
        with zipfile.ZipFile(sdist) as archive:
            return {name: archive.read(name).decode(errors="replace") for name in archive.namelist() if name.endswith(TEXTS)}
    with tarfile.open(sdist) as archive:
        return {member.name: archive.extractfile(member).read().decode(errors="replace")
                for member in archive if member.isfile() and member.name.endswith(TEXTS)}


def scan(program, path, *arguments):
    done = subprocess.run([program, path, "--format", "json", *arguments], capture_output=True, text=True)
    if done.returncode not in (0, 1, 3) or not done.stdout:
        sys.exit(f"compare_sources: {path}: {done.stderr.strip()}")
    return json.loads(done.stdout)["files"][0]


def compare(program, database, sdist, wheel_file):
    """(the NumPys whose headers were used, a Module for each that uses NumPy)"""
    wheel = wheels.read_name(wheel_file)
    report = scan(program, wheel_file, "--numpy", "latest")
    modules = {wheels.module_name(module["path"]): module for module in report["modules"] if module["uses_numpy"]}
    with zipfile.ZipFile(wheel_file) as archive:
        candidates = {name: agreement.headers_of(database, wheel, module, archive.read(module["path"])) for name, module in modules.items()}
    chosen = agreement.common_headers(candidates)
    tree = build_files.Tree(texts_of(sdist))

    @functools.cache
    def sources(minor):
        return agreement.Sources(scan(program, sdist, "--numpy", minor, "--", "-DNDEBUG"), tree, minor)
    results = [agreement.compare(name, module, sources(chosen[name])) if name in chosen else agreement.Module(name, "not compared", [], agreement.NO_HEADERS)
               for name, module in modules.items() if name is not None]
    return sorted(set(chosen.values()), key=headers.key_of), results


def fetched(options):
    """(title, source distribution, wheel) of each line; what could not be had is told on standard error."""
    folder = options.cache
    folder.mkdir(parents=True, exist_ok=True)
    for line in options.list.read_text().splitlines():
        if line.startswith("#") or not line:
            continue
        name, version, sdist, sdist_digest, wheel, wheel_digest = line.split("\t")
        if options.names and name not in options.names:
            continue
        problems = [fetch_sdists.fetch(name, version, sdist, sdist_digest, folder), fetch_wheels.fetch(name, version, wheel, wheel_digest, folder)]
        if any(problems):
            print("not fetched: " + "; ".join(filter(None, problems)), file=sys.stderr)
            continue
        yield f"{name} {version}", folder / sdist, folder / wheel


def print_package(title, numpys, results):
    counts = collections.Counter(result.outcome for result in results)
    print(f"{title}, headers of NumPy {' and '.join(numpys) or 'unknown'}: " +
          (", ".join(f"{counts[outcome]} {outcome}" for outcome in agreement.OUTCOMES if counts[outcome]) or "no module uses NumPy's C-API"))
    by_reason = collections.Counter(result.why for result in results if result.why)
    for reason, count in by_reason.items():
        print(f"  {count} not compared: {reason}")
    alike = collections.defaultdict(list)
    for result in results:
        for difference in result.differences if not result.why else ():
            alike[difference].append(result.name)
    for difference, names in alike.items():
        others = f" and {len(names) - 1} more" if len(names) > 1 else ""
        print(f"  {names[0]}{others}: {difference.what}: wheel: {difference.wheel or '-'} | sources: {difference.sources or '-'}"
              + (f" ({difference.reason})" if difference.reason else " NOT EXPLAINED"))
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these of the list")
    parser.add_argument("--list", type=pathlib.Path, default=ROOT / "scripts/compare_sources.tsv", help="default: %(default)s")
    parser.add_argument("--pair", nargs=2, action="append", metavar=("SDIST", "WHEEL"), help="files instead of the list; repeatable")
    parser.add_argument("--cache", type=pathlib.Path, default=CACHE / "agreement",
                        help="default: %(default)s")
    parser.add_argument("--abicheck", default=PROGRAM, help="default: $ABICHECK or the release build")
    parser.add_argument("--json", action="store_true", help="print every comparison as JSON")
    options = parser.parse_args()
    database = headers.Headers(ROOT / "abi_db")
    totals, everything = collections.Counter(), []
    for title, sdist, wheel in options.pair and [(pathlib.Path(pair[0]).name, *pair) for pair in options.pair] or fetched(options):
        numpys, results = compare(options.abicheck, database, str(sdist), str(wheel))
        totals.update(result.outcome for result in results)
        everything.append({"package": title, "numpy": numpys, "modules": [
            {**result._asdict(), "differences": [difference._asdict() for difference in result.differences]} for result in results]})
        if not options.json:
            print_package(title, numpys, results)
    if not everything:
        sys.exit(77)
    if options.json:
        json.dump(everything, sys.stdout, indent=1)
    else:
        print(f"{len(everything)} packages, {sum(totals.values())} modules: " + ", ".join(f"{totals[outcome]} {outcome}" for outcome in agreement.OUTCOMES))
    sys.exit(1 if totals["different"] else 0)


if __name__ == "__main__":
    main()
