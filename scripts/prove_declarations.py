#!/usr/bin/env python3
"""Compare the headers that are made from abi_db/declarations.json with NumPy's own, as clang reads both.

usage: prove_declarations.py [RELEASE]... [--sources DIR]...

  prove_declarations.py                         some releases: syntax tree, macros, and uses of every name in names.json
  prove_declarations.py 2.0.2 --sources TREE    also the diagnostics of the C and C++ files below TREE

NumPy's headers come from its wheel, by pip. The generated ones are written by the program abicheck_headers of the build's tests.
Exit status 1 when anything differs, 77 when there is no clang, no Python.h or no wheel.
"""
import argparse
import collections
import concurrent.futures
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from abi_db_proof import declared, trees
from abi_db_proof.database import Database
from abi_db_proof.numpys import NotReached, fetch, include_of, key, pythons_here, unpacked

ROOT = pathlib.Path(__file__).resolve().parent.parent
WITH_USES = ("default", "no deprecated API", "target NPY_2_0_API_VERSION")
SOME = ("1.13.3", "1.16.6", "1.19.5", "1.22.4", "1.26.4", "2.0.2", "2.2.6", "2.5.5")


def settings(facts):
    """What a user may define before the headers."""
    yield "default", []
    yield "no deprecated API", ["-DNPY_NO_DEPRECATED_API=NPY_API_VERSION"]
    yield "several files", ["-DPY_ARRAY_UNIQUE_SYMBOL=demo_ARRAY_API", "-DPY_UFUNC_UNIQUE_SYMBOL=demo_UFUNC_API"]
    yield "another file", ["-DPY_ARRAY_UNIQUE_SYMBOL=demo_ARRAY_API", "-DNO_IMPORT_ARRAY", "-DNO_IMPORT_UFUNC"]
    if facts["target_policy"]["honoured"]:
        for name, target in facts["target_macros"].items():
            if int(facts["target_policy"]["lowest"], 16) <= int(target, 16):
                yield f"target {name}", [f"-DNPY_TARGET_VERSION={name}"]
        yield "a target above", ["-DNPY_TARGET_VERSION=0x7fffffff"]


class Proof:
    def __init__(self):
        self.compared, self.differences = collections.Counter(), []

    def same(self, what, ours, theirs, where):
        self.compared[what] += len(theirs)
        if ours != theirs:
            ours, theirs = collections.Counter(ours), collections.Counter(theirs)
            odd = [("generated", each) for each in ours - theirs] + [("NumPy", each) for each in theirs - ours]
            self.differences.append(f"{where}, {what}: " + "; ".join(f"{side}: {each}" for side, each in odd[:4]) + f" ({len(odd)})")

    def add(self, other):
        self.compared.update(other.compared)
        self.differences += other.differences


def compare_setting(proof, where, sides, compiler, defines):
    names = declared.together(sides[1], compiler, defines)
    ours, theirs = (declared.macros(side, compiler, defines, names) for side in sides)
    measured = sorted(name for name in theirs if declared.MEASURED.fullmatch(name) and ours.get(name) != theirs[name])
    rest = [{f"{name} {' '.join(tokens)}" for name, tokens in each.items() if name not in measured} for each in (ours, theirs)]
    proof.same("macros", *rest, where)
    proof.same("nodes of the syntax tree", *(declared.tree(side, compiler, defines, names) for side in sides), where)
    strict = (*compiler, "-Wall", "-Wextra")
    proof.same("diagnostics of all headers", *(side.diagnostics(strict, defines, declared.includes(names)) for side in sides), where)
    values = "".join(f"typedef char abicheck_{name}[{name} == ({' '.join(theirs[name])}) ? 1 : -1];\n" for name in measured)
    said = (side.diagnostics(compiler, defines, declared.includes(names) + values) for side in sides)
    proof.same("measured sizes", *({each for each in found if not each[0].startswith("/")} for found in said), where)
    proof.compared["measured sizes"] += len(measured)
    return names


def compare_uses(proof, where, sides, compiler, defines, names, database):
    said, facts = zip(*(declared.what_probes_say(side, compiler, defines, list(declared.probes(database.names)), names) for side in sides))
    proof.same("diagnostics of uses", *said, where)
    proof.same("types and values of uses", *facts, where)


def compare_single_headers(proof, where, sides, compiler, database):
    """Each public header on its own, also those that the release does not have: whether it compiles, and why it says that it does not."""
    for name in sorted(name for name, row in database.names.items() if row["kind"] == "header"):
        for first in ("#include <Python.h>\n", ""):
            source = f"{first}#include <{name}>\n"
            said = [side.diagnostics(compiler, [], source) for side in sides]
            verdicts = [{("fails", any("error" in kind for _, kind, _ in found)),
                         *(each for each in found if re.search("file not found|#error|#warning|^\"", each[2]))} for found in said]
            proof.same("headers on their own", *verdicts, f"{where}, {name}")


def prove_release(release, database, options):
    proof = Proof()
    with tempfile.TemporaryDirectory(prefix="abicheck-") as temporary:
        temporary = pathlib.Path(temporary)
        tag, platforms = next((tag, names) for tag, names in database.releases[release][1]["wheels"].items()
                              if any("linux" in name and "x86_64" in name for name in names))
        folder = include_of(numpy_headers(release, tag, platforms, options, temporary))
        subprocess.run([options.program, release, temporary / "generated"], check=True)
        sides = declared.Side(temporary / "generated", options.python), declared.Side(folder, options.python)
        proof.same("names of headers", set(sides[0].headers()), set(sides[1].headers()), release)
        if not options.only_sources:
            for language, compiler in list(options.compilers.items())[: 1 if options.quick else None]:
                if not options.quick:
                    compare_single_headers(proof, f"NumPy {release}, {language}", sides, compiler, database)
                for name, defines in list(settings(database.facts(release)))[: 1 if options.quick else None]:
                    where = f"NumPy {release}, {language}, {name}"
                    names = compare_setting(proof, where, sides, compiler, defines)
                    if options.quick:
                        continue
                    if name in WITH_USES:
                        compare_uses(proof, where, sides, compiler, defines, names, database)
                    if not defines:
                        compare_uses(proof, f"{where}, arrayobject.h alone", sides, compiler, defines, names[:1], database)
        trees.compare(proof, release, sides, options)
    return proof


def numpy_headers(release, tag, platforms, options, temporary):
    where = temporary / "numpy"
    python = f"{tag[2]}.{tag[3:]}"
    abi = tag + "m" * (tag[2] == "3" and key(python) < (3, 8))
    abis = [abi] + [tag + "mu", tag + "m"] * (tag[2] == "2")
    tags = sorted({each for name in platforms for each in name.split(".") if "linux" in each and "x86_64" in each})
    wheel = fetch(release, python, abis, tags, options.cache or temporary)
    if wheel is None:
        sys.exit(f"prove_declarations: NumPy {release} has no wheel for {tag}") 
    return unpacked(wheel, where, r"numpy/_?core/include/.*")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("releases", nargs="*", metavar="RELEASE", help="default: " + ", ".join(SOME))
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/release/tests/abicheck_headers", help="default: %(default)s")
    parser.add_argument("--db", type=pathlib.Path, default=ROOT / "abi_db")
    parser.add_argument("--sources", type=pathlib.Path, action="append", default=[], metavar="DIR", help="a source tree; may be repeated")
    parser.add_argument("--include", type=pathlib.Path, action="append", default=[], metavar="DIR", help="of headers of others, for the source trees; may be repeated")
    parser.add_argument("--quick", action="store_true", help="only all headers together in C, with default settings")
    parser.add_argument("--only-sources", action="store_true", help="nothing but the source trees")
    parser.add_argument("--most-files", type=int, default=0, metavar="N", help="of each tree only the first N files")
    parser.add_argument("--clang", default="clang", help="default: %(default)s")
    parser.add_argument("--cache", type=pathlib.Path, help="keep the wheels in this folder")
    parser.add_argument("--limit", type=int, default=20, help="differences shown")
    parser.add_argument("-j", "--jobs", type=int, default=1)
    return parser.parse_args()


def main():
    options = arguments()
    python = next((p for p in pythons_here([]) if p.include and p.version.startswith("3") and key(p.version) < (3, 12)), None)
    if not shutil.which(options.clang) or not python or not options.program.exists():
        print("SKIPPED: clang, a Python.h of 3.11 or older, or abicheck_headers is missing", file=sys.stderr)
        return 77
    options.python = python.include
    options.compilers = {"C": (options.clang, "-x", "c", "-std=gnu11"), "C++": (options.clang, "-x", "c++", "-std=gnu++17")}
    database, total = Database(options.db), Proof()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        releases = options.releases or SOME
        for release, proof in zip(releases, pool.map(lambda each: prove_release(each, database, options), releases)):
            print(f"NumPy {release}: " + (f"{len(proof.differences)} differences" if proof.differences else "the same") +
                  f" in {sum(proof.compared.values())} comparisons", flush=True)
            for text in proof.differences[: options.limit]:
                print("  " + text[:1000])
            total.add(proof)
    for what, count in sorted(total.compared.items()):
        print(f"  {count:9} {what}")
    return 1 if total.differences else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except NotReached as problem:
        print(f"SKIPPED: the package index does not answer: {problem}", file=sys.stderr)
        sys.exit(77)
