#!/usr/bin/env python3
"""Rebuild abi_db/ from NumPy's own release artefacts: the package index and what lies on it, and nothing else.

usage: build_abi_db.py [--output DIR] [--check] [--minor X.Y]... [-j N]

Every file comes out the same, byte for byte, as long as the index holds the same releases. A new release of NumPy needs
no more than this command. When NumPy has changed something that these scripts have no rule for, they stop and say what and
where. --check writes nothing and says whether the files are as they would be written.

libclang, LIEF, Cython and nothing else are installed from the index, in versions that are fixed below, into the user's cache.
"""
import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys

from user_cache import CACHE

ROOT = pathlib.Path(__file__).resolve().parent.parent
OLDEST = "1.6"
TOOLS = ("libclang==18.1.1", "lief==1.0.0", "cython==3.0.12")


def import_tools():
    """Make TOOLS importable; they are installed once for each Python."""
    folder = CACHE / "-".join(["abi-db-tools", f"cp{sys.version_info[0]}{sys.version_info[1]}", *TOOLS]).replace("==", "-")
    if not folder.exists():
        partial = folder.with_name(f"{folder.name}.{os.getpid()}")
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--target", partial, *TOOLS], check=True)
        partial.rename(folder)
    sys.path.insert(0, str(folder))


def read_release(release, artefacts, models, reviewed):
    """What a worker hands back: facts, sources, the row in `releases`, slots, names, declarations and what Cython finds."""
    from abi_db_tools import Changed
    from abi_db_tools.cython_names import cython_in
    from abi_db_tools.declarations import declarations_in
    from abi_db_tools.minor import Release

    try:
        it = Release(release, artefacts, models, reviewed)
        facts, names = it.facts(), it.names()
        it.check_source()
        return {"facts": facts, "entry": it.entry(), "slots": it.slots, "names": names, "sources": it.sources,
                "declarations": declarations_in(it.headers), "cython": cython_in(it.wheel, it.headers)}
    except Changed as problem:
        return {"problem": f"NumPy {release}: {problem}"}
    except (OSError, LookupError, ValueError, StopIteration) as problem:
        return {"problem": f"NumPy {release} cannot be read: {type(problem).__name__}: {problem}"}


def read_all(index, reviewed, jobs):
    """{release: read_release()}; stops at the first that cannot be read."""
    from abi_db_tools.artefacts import minor_of
    from abi_db_tools.minor import models_of

    minors = {}
    for release, artefacts in index.items():
        minors.setdefault(minor_of(release), []).append(artefacts)
    models = {minor: models_of(releases) for minor, releases in minors.items()}
    with concurrent.futures.ProcessPoolExecutor(jobs) as pool:
        waiting = {release: pool.submit(read_release, release, artefacts, models[minor_of(release)], reviewed) for release, artefacts in index.items()}
        found = {}
        for count, (release, future) in enumerate(waiting.items(), 1):
            found[release] = future.result()
            if "problem" in found[release]:
                pool.shutdown(cancel_futures=True)
                sys.exit("build_abi_db: " + found[release]["problem"])
            if sys.stderr.isatty():
                print(f"\r{count}/{len(index)} NumPy {release}   ", end="\n" if count == len(index) else "", file=sys.stderr, flush=True)
    return found


def chosen(index, minors):
    """The releases to read. One without a wheel for 64-bit Linux has nothing to be read from: a post release that only
    repaired a source distribution."""
    from abi_db_tools.artefacts import minor_of

    found = {}
    for release, artefacts in index.items():
        if not any("linux" in a.name and "x86_64" in a.name for a in artefacts):
            print(f"build_abi_db: NumPy {release} is left out: it has no wheel for 64-bit Linux", file=sys.stderr)
        elif not minors or minor_of(release) in minors:
            found[release] = artefacts
    return found or sys.exit("build_abi_db: the index has no such release")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "abi_db")
    parser.add_argument("--check", action="store_true", help="compare with the files, write nothing")
    parser.add_argument("--minor", action="append", metavar="X.Y", help="only the file of this minor; may be repeated")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    import_tools()
    from abi_db_tools import Changed, artefacts, continuity, files, overlay

    reviewed = overlay.read(ROOT / "abi_db" / "overlay.json")
    try:
        index = artefacts.read_index(OLDEST)
        if not options.minor:
            overlay.check_citations(reviewed, index)
        releases = chosen(index, options.minor)
        read = read_all(releases, reviewed, options.jobs)
        continuity.check(read)
        made = {**files.minor_files(read, releases), **({} if options.minor else files.table_files(read, reviewed))}
    except Changed as problem:
        sys.exit(f"build_abi_db: {problem}")
    # A minor that the index no longer has would stay for ever.
    differing = [] if options.minor else sorted({path.name for path in options.output.glob("numpy-*.json")} - set(made))
    for name, content in made.items():
        path, text = options.output / name, files.written(content) + "\n"
        if options.check:
            differing += [name] if not path.exists() or path.read_text() != text else []
        else:
            path.write_text(text)
    print(f"{len(made)} file{'s' * (len(made) != 1)}, {len(read)} releases, newest {list(read)[-1]}" + (f"; other than written: {', '.join(differing)}" if differing else ""))
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
