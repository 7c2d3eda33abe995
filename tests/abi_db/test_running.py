"""The proof of abi_db/ (scripts/prove_abi_db.py) on a few releases: real NumPys run, real compilers read their headers.

Two releases for each Python at hand, fetched once into the user's cache. Exit status 77 when no Python is here, or nothing
could be fetched. A falsified copy of the database must be reported, fact by fact.
"""
import argparse
import json
import os
import pathlib
import shutil
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = pathlib.Path(os.environ.get("ABI_DB", ROOT / "abi_db"))

sys.path.insert(0, str(ROOT / "scripts"))
import prove_abi_db as proof  # noqa: E402
from user_cache import CACHE  # noqa: E402

# On both sides of what has changed: tables, sizes, import paths, targets, shims.
RELEASES = {"2.7": ["1.7.2", "1.16.6"], "3.6": ["1.13.3"], "3.7": ["1.15.4"], "3.8": ["1.19.5"], "3.9": ["1.21.6"], "3.10": ["1.24.4"],
            "3.11": ["2.3.5"], "3.12": ["1.26.4", "2.0.2"], "3.13": ["2.5.5"]}


def options(**more):
    return argparse.Namespace(**{"run_only": False, "compile_only": False, "quick": True, "pythons": PYTHONS, **more})


def numpy_for(python, release):
    """The folder of an unpacked wheel; None when the index cannot be reached."""
    folder = CACHE / "numpy" / f"{release}-{python.tag}"
    if not folder.exists():
        with tempfile.TemporaryDirectory(prefix="abicheck-") as wheels:
            try:
                wheel = proof.fetch(release, python.version, [python.abi], proof.platform_tags(), pathlib.Path(wheels))
            except proof.NotReached:
                return None
            if wheel is None:
                raise RuntimeError(f"the index has no wheel of NumPy {release} for {python.abi}")
            partial = folder.with_name(folder.name + f".{os.getpid()}")
            proof.unpacked(wheel, partial).rename(folder)
    return folder


PYTHONS = proof.pythons_here([])
DATABASE = proof.Database(FOLDER)


def numpys():
    for python in PYTHONS:
        for release in RELEASES.get(python.version, ()):
            if release in DATABASE.releases:
                folder = numpy_for(python, release)
                if folder is None:
                    print(f"NOT PROVEN: NumPy {release} for Python {python.version} could not be fetched", file=sys.stderr)
                else:
                    yield python, release, folder


class Running(unittest.TestCase):
    maxDiff = None

    def test_the_database_is_as_numpys_and_compilers_say(self):
        known, total = {}, proof.Proof()
        for python, release, folder in numpys():
            found = proof.prove(DATABASE, release, python, folder, options(), known)
            total.add(found)
            with self.subTest(numpy=release, python=python.version):
                self.assertEqual(found.differences, [])
            print(f"NumPy {release} on Python {python.version}: {sum(found.compared.values())} facts")
        if not total.compared:
            print("NOTHING WAS PROVEN: no Python of these releases is here, or the index cannot be reached", file=sys.stderr)
            sys.exit(77)
        if "names" not in total.compared:
            print("HEADERS WERE NOT PROVEN: there is no C compiler", file=sys.stderr)
        for what, count in sorted(total.unproven.items()):
            print(f"not proven: {what}: {count}")


class Falsified(unittest.TestCase):
    """One mistake of each kind in a copy of the database: each must be among the differences."""

    def setUp(self):
        found = next((each for each in numpys() if proof.key(each[1]) >= (2,)), None)  # the newest
        if found is None:
            self.skipTest("no NumPy 2 to prove anything with")
        self.python, self.release, self.numpy = found
        self.folder = tempfile.TemporaryDirectory(prefix="abicheck-")
        self.addCleanup(self.folder.cleanup)
        shutil.copytree(FOLDER, self.folder.name, dirs_exist_ok=True)
        self.minor = "numpy-{}.{}.json".format(*proof.key(self.release)[:2])

    def change(self, name, edit):
        path = pathlib.Path(self.folder.name) / name
        content = json.loads(path.read_text())
        edit(content)
        path.write_text(json.dumps(content))

    def differences(self, database, **more):
        return proof.prove(database, self.release, self.python, self.numpy, options(**more), {}).differences

    def assert_told(self, wanted, **more):
        before = self.differences(DATABASE, **more)
        found = [text for text in self.differences(proof.Database(pathlib.Path(self.folder.name)), **more) if text not in before]
        for beginning in wanted:
            with self.subTest(mistake=beginning):
                self.assertTrue(any(text.startswith(beginning) for text in found), found)

    def test_what_runs(self):
        def edit_minor(facts):
            facts["runtime_sizes"]["numpy.ndarray"]["lp64"] += 8
            facts["layouts"]["PyArrayObject_fields"]["nd"]["lp64"][0] += 4
            facts["import_paths"]["numpy.core.umath._UFUNC_API"] = "works"
            facts["shims"]["refusal"]["text"] += "!"
            facts["table_lengths"]["ufunc"] -= 1
            facts["abi_version"] = "0x01000009"
            facts["random"]["capsule"] = "bitgen"

        def edit_slots(tables):
            rows = tables["multiarray"]
            rows.append({"index": 1, "name": "PyArray_Hole", "kind": "function", "signature": "int (*)(void)", "since": "2.0.0"})
            rows.remove(next(row for row in rows if row["index"] == 69))
            next(row for row in rows if row["index"] == 45)["name"] = "PyArray_Other"

        self.change(self.minor, edit_minor)
        self.change("slots.json", edit_slots)
        self.assert_told(["runtime_sizes numpy.ndarray:", "PyArrayObject_fields.nd at", "import_paths numpy.core.umath._UFUNC_API:",
                          "shims.refusal by", "table_lengths ufunc:", "abi_version:", "random.capsule:", "slot 1 of multiarray is filled:",
                          "slot 69 of multiarray is filled:", "slot 45 of multiarray points to PyArray_Other:"], run_only=True)

    def test_what_compiles(self):
        if not proof.native_compilers():
            self.skipTest("no compiler")

        def edit_minor(facts):
            facts["compiled_sizes"]["c"]["numpy.ufunc"]["lp64"][facts["target_policy"]["lowest"]] += 8
            facts["layouts"]["PyUFuncObject"]["nargs"]["lp64"][0] += 4
            facts["target_macros"]["NPY_1_20_API_VERSION"] = "0x0000000f"
            del facts["target_macros"]["NPY_1_9_API_VERSION"]
            facts["api_names"][facts["default_target"]] = "1.99"
            facts["target_policy"]["above_api"] += "!"
            facts["target_policy"]["below_lowest"] = None
            facts["import_array"]["messages"].reverse()
            facts["import_umath"]["macro_message"] = "failed"
            facts["dtype_api"]["NPY_METH_get_loop"] = 99

        def edit_slots(tables):
            row = next(row for row in tables["multiarray"] if row["index"] == 45)
            row["signature"] = "void * (*)(int)"
            for row in tables["ufunc"]:
                row["index"] = {5: 6, 6: 5}.get(row["index"], row["index"])

        def edit_names(names):
            names["NPY_RENAMED"] = names.pop("NPY_ARRAY_ALIGNED")
            names["NPY_DOUBLE"]["removed"] = "2.0.0"
            names["PyArray_DescrProto.elsize_"] = names["PyArray_DescrProto.elsize"]
            del names["PyArray_BASE"]
            names["npy_half_to_float"]["min_target"] = "0x00000014"
            names["NPY_VERSION"]["header"] = "numpy/npy_math.h"

        self.change(self.minor, edit_minor)
        self.change("slots.json", edit_slots)
        self.change("names.json", edit_names)
        row = next(row for row in json.loads((FOLDER / "slots.json").read_text())["multiarray"] if row["index"] == 45)
        self.assert_told(["compiled_sizes numpy.ufunc size lp64:", "layouts PyUFuncObject.nargs offset lp64:", "NPY_1_20_API_VERSION:",
                          "names of target macros:", "api_names at", "target_policy above_api:", "target_policy below_lowest:",
                          "import_array.messages", "import_umath.macro_message:", "dtype_api NPY_METH_get_loop:", f"signature of {row['name']}",
                          "index of PyUFunc_", "NPY_RENAMED is declared:", "NPY_ARRAY_ALIGNED (in", "NPY_DOUBLE is declared:",
                          "PyArray_DescrProto.elsize_ is declared:", "PyArray_BASE (in", "npy_half_to_float is declared:",
                          "header of NPY_VERSION:"], compile_only=True)


if __name__ == "__main__":
    unittest.main()
