#!/usr/bin/env python3
"""Prove abi_db/ by running NumPys and compilers: whatever can be measured on this machine must be as the files say.

usage: prove_abi_db.py [RELEASE...]            each release with a wheel for this machine and one of its CPythons
       prove_abi_db.py --models [RELEASE...]   the headers under compilers for other data models (gcc -m32, MinGW)

The files are made by reading artefacts (build_abi_db.py: libclang, data of binaries). Here nothing is read that way: each
release's wheel is fetched, imported by a real CPython, and its headers are compiled by real compilers against that CPython's
Python.h. Linux only. Exit status 1 when anything differs, 77 when a release could not be proven here.
"""
import argparse
import collections
import concurrent.futures
import hashlib
import json
import pathlib
import re
import sys
import tempfile
import time

from abi_db_proof.compiled import Compiled
from abi_db_proof.compilers import foreign_compilers, native_compilers
from abi_db_proof.database import TABLES, Database, Proof, key
from abi_db_proof.foreign import ForeignHeaders
from abi_db_proof.headers import Headers
from abi_db_proof.names import Names
from abi_db_proof.numpys import NotReached, fetch, include_of, platform_tags, pythons_here, unpacked
from abi_db_proof.running import MODEL, compare_installed, compare_running, measured_by, request_for

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Where the wheels of another data model are, by the names of their platforms.
PLATFORMS = {"ilp32": r"manylinux\w*_i686", "llp64": "win_amd64", "ilp32_aligned": "win32"}
FREE_THREADED_HEADERS = "3.13"  # the first CPython whose Python.h can be asked for its free-threaded form


def prove(database, release, python, folder, options, known):
    """All that this Python and the compilers can say of a NumPy that is unpacked in `folder`; `known` keeps proofs by claims()."""
    proof = Proof()
    if not options.compile_only:
        with proof.to_the_end("run"):
            compare_running(proof, database, release, measured_by(python.path, folder, request_for(database, release)))
            compare_installed(proof, database.facts(release), folder)
    if not options.run_only:
        # Some headers declare other names to Python 2; names.json is of Python 3.
        python3 = next((p for p in [python, *reversed(options.pythons)] if p.version[0] == "3" and p.include), None)
        same = claims(database, release, include_of(folder), python, python3)
        if same not in known:
            known[same] = compile_side(database, release, python, python3, include_of(folder), options)
        proof.add(known[same])
    return proof


def compile_side(database, release, python, python3, include, options):
    proof, compilers = Proof(), native_compilers()[: 2 if options.quick else None]
    if not python.include or not compilers or compilers[0].language != "c":
        proof.unproven["headers (no compiler or no Python.h)"] += 1
        return proof
    with proof.to_the_end("compiled"):
        Compiled(proof, database, release, Headers(include, python.include), options.quick).compare(compilers)
        if python3:
            newest = Headers(include, next(p for p in options.pythons if p.include).include)
            Names(proof, database, release, Headers(include, python3.include), options.quick).compare(compilers[0], newest)
        else:
            proof.unproven["names (no Python 3)"] += 1
    return proof


def claims(database, release, include, *pythons):
    """A digest of the headers and of all that the database says of them: what is the same needs no second proof."""
    found = hashlib.sha256()
    for path in sorted(include.rglob("*.h")):
        found.update(path.relative_to(include).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    following = database.following(release)
    names = [[name, row, row.get("removed") == following] for name, row in database.names.items() if database.holds(row, release, ("removed",))]
    slots = [[table, database.rows(table, release)] for table in TABLES]
    facts = {name: value for name, value in database.facts(release).items() if name not in ("minor", "sources", "artefacts", "runtime_sizes")}
    found.update(json.dumps([facts, names, slots, following is None, [p and p.include for p in pythons]]).encode())
    return found.digest()


def prove_release(database, release, options):
    """(line to print, proof); proof is None when no Python here has a wheel."""
    wheels, tags = database.releases[release][1]["wheels"], platform_tags()
    python = next((p for p in options.pythons if any(set(tag.split(".")) & set(tags) for tag in wheels.get(p.tag, ()))), None)
    if python is None:
        return f"NumPy {release}: no wheel for a Python that is here", None
    with tempfile.TemporaryDirectory(prefix="abicheck-") as temporary:
        temporary = pathlib.Path(temporary)
        wheel = fetch(release, python.version, [python.abi], tags, options.cache or temporary)
        if wheel is None:
            proof = Proof()
            proof.differs(f"the database has a wheel for {python.tag}, which cannot be had")
        else:
            proof = prove(database, release, python, unpacked(wheel, temporary / "unpacked"), options, options.known)
    return verdict(f"NumPy {release} on Python {python.version}", proof, options), proof


def prove_models(database, release, options):
    """The sizes that a module sees on other platforms: with the headers of NumPy's wheel for that platform where there is
    one, else with those of Linux, adapted; with CPython's headers adapted in any case, and those of 3.13 for free-threading.
    """
    facts, proof, used = database.facts(release), Proof(), []
    compilers = [c for c in foreign_compilers()[0] + native_compilers() if c.family == "gcc"]
    with tempfile.TemporaryDirectory(prefix="abicheck-") as temporary:
        for model in (*PLATFORMS, MODEL):
            folder = headers_for(database, release, model, options, pathlib.Path(temporary, model))
            numpy = folder or headers_for(database, release, MODEL, options, pathlib.Path(temporary, MODEL))
            for name, free_threaded in ((model, False), (model + "t", True)):
                python = next((p for p in options.pythons if p.include and suits(p, release, free_threaded)), None)
                chosen = [c for c in compilers if c.model == model and (model, free_threaded) != (MODEL, False)]
                if chosen and python and name in facts["runtime_sizes"]["numpy.ndarray"]:
                    headers = Headers(numpy, python.include) if model == MODEL else ForeignHeaders(numpy, python.include, bool(folder))
                    with proof.to_the_end(f"compiled for {name}"):
                        Compiled(proof, database, release, headers).compare_model(chosen, name, free_threaded)
                    used.append(name + ("" if folder else " (headers of the Linux wheel, adapted)"))
    return verdict(f"NumPy {release}, {', '.join(used)}", proof, options), proof


def suits(python, release, free_threaded):
    """Headers of NumPy before 1.8 want the Python of their time, those of 2 a Python that has what they use."""
    if free_threaded:
        return python.version == FREE_THREADED_HEADERS
    return python.version == "2.7" if key(release) < (1, 8) else (3, 8) <= key(python.version) < (3, 13)


def headers_for(database, release, model, options, where):
    """The include folder of a wheel for this model's platform, unpacked; None when there is no such wheel."""
    pattern = PLATFORMS.get(model, "|".join(platform_tags()))
    for tag, names in database.releases[release][1]["wheels"].items() if not where.exists() else ():
        platforms = sorted({each for name in names for each in name.split(".") if re.fullmatch(pattern, each)})
        version = re.fullmatch(r"cp(\d)(\d+)", tag)
        if platforms and version:
            found = int(version[1]), int(version[2])
            # Wheels for Windows had no ABI tag at first.
            abis = [tag + "m" * (found < (3, 8)) + "u" * (found[0] == 2 and not model.startswith("llp")), tag + "m" * (found < (3, 8)), "none"]
            wheel = fetch(release, "%d.%d" % found, abis, platforms, options.cache or where.parent)
            if wheel:
                unpacked(wheel, where, r"numpy/_?core/include/.*")
                break
    return include_of(where) if where.exists() else None


def verdict(what, proof, options):
    if not proof.differences:
        return f"{what}: as recorded ({sum(proof.compared.values())} facts)"
    more = len(proof.differences) - options.limit
    lines = proof.differences[: options.limit] + ([f"and {more} more"] if more > 0 else [])
    return f"{what}: {len(proof.differences)} differences\n  " + "\n  ".join(lines)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("releases", nargs="*", metavar="RELEASE", help="default: all of the database; with --models the newest of each minor")
    parser.add_argument("--db", type=pathlib.Path, default=ROOT / "abi_db")
    parser.add_argument("--pythons", nargs="+", default=[], metavar="PATH", help="default: those of pyenv and on the path")
    parser.add_argument("--cache", type=pathlib.Path, help="keep the wheels in this folder; without it each is removed after use")
    parser.add_argument("--run-only", action="store_true", help="compile nothing")
    parser.add_argument("--compile-only", action="store_true", help="import no NumPy")
    parser.add_argument("--quick", action="store_true", help="two compilers; of the targets the default, the lowest and the highest")
    parser.add_argument("--models", action="store_true", help="other data models, by compilers for them")
    parser.add_argument("--limit", type=int, default=30, help="differences shown of one release")
    parser.add_argument("-j", "--jobs", type=int, default=1)
    options = parser.parse_args()
    options.pythons, options.known = pythons_here(options.pythons), {}
    return options


def show_tools(options):
    print("Pythons:", ", ".join(f"{p.version} ({p.abi}{'' if p.include else ', no Python.h'})" for p in options.pythons) or "none")
    print("Compilers:", ", ".join(c.name for c in native_compilers()) or "NONE, headers are not proven")
    if options.models:
        compilers, missing = foreign_compilers()
        print("For other models:", ", ".join(f"{c.name} ({c.model})" for c in compilers) or "none")
        for text in missing:
            print("NOT PROVEN, no compiler:", text)


def asked(ask, database, release, options):
    try:
        return ask(database, release, options)
    except NotReached as problem:
        return f"NumPy {release}: NOT PROVEN, the index cannot be reached: {problem}", None


def main():
    options = arguments()
    database = Database(options.db)
    show_tools(options)
    newest = [minor["releases"][-1]["version"] for minor in database.minors]
    releases = options.releases or (newest if options.models else list(database.releases))
    total, counts, started = Proof(), collections.Counter(), time.monotonic()
    ask = prove_models if options.models else prove_release
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for line, proof in pool.map(lambda release: asked(ask, database, release, options), releases):
            print(line, flush=True)
            counts["not proven" if proof is None else "differ" if proof.differences else "as recorded"] += 1
            total.add(proof or Proof())
    seconds = time.monotonic() - started
    print(f"\n{len(releases)} releases in {seconds:.0f} s:", ", ".join(f"{count} {what}" for what, count in sorted(counts.items())))
    for what, count in sorted(total.compared.items()):
        print(f"  {count:8} {what}")
    for what, count in sorted(total.unproven.items()):
        print(f"  {count:8} not proven: {what}")
    return 1 if counts["differ"] else 77 if counts["not proven"] or not counts["as recorded"] else 0


if __name__ == "__main__":
    sys.exit(main())
