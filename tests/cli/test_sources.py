"""Sources as input: what is read, with which arguments, and that what goes wrong in one file stays there."""
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile

from program import EXAMPLES, PROGRAM, report, run

SCANNER = pathlib.Path(PROGRAM).with_name("abicheck-sources")
BEGIN = "#define PY_SSIZE_T_CLEAN\n#include <Python.h>\n#include <numpy/arrayobject.h>\n"
GOOD = BEGIN + "int good(PyArrayObject *a) { return PyArray_NDIM(a); }\n"
BAD = BEGIN + "int bad(PyArray_Descr *d) { return d->elsize; }\n"  # its last line: not with NumPy 2
METADATA = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Dist: numpy>=1.24,<2.1\n"


def tar_of(path, members, mode="w:gz"):
    with tarfile.open(path, mode) as tar:
        for name, text in members.items():
            data = text if isinstance(text, bytes) else text.encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return path


class Sources(unittest.TestCase):
    def setUp(self):
        if not SCANNER.exists():
            self.skipTest("this build has no source scanner")
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def verdicts(self, *arguments, target="2.0"):
        """Name of the source -> its verdict and the lines of its errors."""
        self.status, self.found = report(*arguments, "--numpy", target)
        sources = [source for file in self.found["files"] for source in file.get("sources", [file]) if "modules" not in file]
        return {pathlib.Path(source["path"]).name: (source["verdicts"][target]["verdict"],
                                                    [f["line"] for f in source["verdicts"][target]["findings"] if f["severity"] == "error"])
                for source in sources}


class Archives(Sources):
    MEMBERS = {"demo-1.0/PKG-INFO": METADATA, "demo-1.0/src/good.c": GOOD, "demo-1.0/src/bad.c": BAD}

    def check(self, path):
        self.assertEqual(self.verdicts(path), {"good.c": ("compatible", []), "bad.c": ("incompatible", [4])})
        self.assertEqual(self.status, 1)
        file = self.found["files"][0]
        self.assertEqual((file["kind"], file["name"], file["version"], file["requires_numpy"]), ("sdist", "demo", "1.0", ">=1.24,<2.1"))
        self.assertEqual(file["sources"][0]["path"], "demo-1.0/src/bad.c")
        self.assertEqual(len(file["sha256"]), 64)

    def test_tar_gz(self):
        self.check(tar_of(self.folder / "demo-1.0.tar.gz", self.MEMBERS))

    def test_tar(self):
        self.check(tar_of(self.folder / "demo-1.0.tar", self.MEMBERS, "w"))

    def test_zip(self):
        path = self.folder / "demo-1.0.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in self.MEMBERS.items():
                archive.writestr(name, text)
        self.check(path)

    def test_names_that_begin_with_a_dot(self):
        path = tar_of(self.folder / "demo-1.0.tar.gz", {"./" + name: text for name, text in self.MEMBERS.items()})
        self.check(path)

    def expect_problem(self, path, code, *words):
        status, found = report(path, self.write("good.c", GOOD), "--numpy", "2.0")
        self.assertEqual(status, 3)
        self.assertEqual([p["code"] for p in found["problems"]], [code])
        for word in words:
            self.assertIn(word, found["problems"][0]["message"])
        self.assertTrue(found["problems"][0]["path"].startswith(str(path)))
        self.assertEqual([f["path"] for f in found["files"]], [str(self.folder / "good.c")])

    def test_other_compressions(self):
        for mode, word in (("bz2", "bzip2"), ("xz", "xz")):
            path = tar_of(self.folder / f"demo-1.0.tar.{mode}", self.MEMBERS, "w:" + mode)
            self.expect_problem(path, "unsupported", word, ".tar.gz")

    def test_cut_off(self):
        path = tar_of(self.folder / "demo-1.0.tar.gz", {**self.MEMBERS, "demo-1.0/src/more.c": os.urandom(50000).hex()})
        path.write_bytes(path.read_bytes()[:20000])
        self.expect_problem(path, "malformed")

    def test_changed_bytes(self):
        path = tar_of(self.folder / "demo-1.0.tar.gz", {**self.MEMBERS, "demo-1.0/src/more.c": os.urandom(50000).hex()})
        data = bytearray(path.read_bytes())
        data[len(data) // 2: len(data) // 2 + 64] = bytes(64)
        path.write_bytes(data)
        self.expect_problem(path, "malformed")

    def test_no_archive_behind_the_name(self):
        for data in (b"\x1f\x8b\x08\0 no gzip at all", b"\x1f\x8b"):
            path = self.folder / "demo-1.0.tar.gz"
            path.write_bytes(data)
            self.expect_problem(path, "malformed")

    def test_a_member_leads_out(self):
        path = tar_of(self.folder / "demo-1.0.tar.gz", {**self.MEMBERS, "../outside.c": BAD, "/absolute.c": BAD})
        self.check(path)

    def test_a_huge_member_is_a_problem_of_its_own(self):
        path = tar_of(self.folder / "demo-1.0.tar.gz", {**self.MEMBERS, "demo-1.0/src/huge.c": b" " * (65 << 20)})
        self.assertEqual(self.verdicts(path), {"good.c": ("compatible", []), "bad.c": ("incompatible", [4])})
        self.assertEqual([(p["code"], p["path"]) for p in self.found["problems"]], [("too_large", f"{path}!demo-1.0/src/huge.c")])

    def test_bytes_that_are_no_text(self):
        text = BEGIN.encode() + b"/* \xe4\xff\0 */ static const char word[] = \"\xe4\xf6\";\n" + b"int f(PyArray_Descr *d) { return d->elsize; }\n"
        path = tar_of(self.folder / "demo-1.0.tar.gz", {"demo-1.0/odd.c": text})
        self.assertEqual(self.verdicts(path), {"odd.c": ("incompatible", [5])})

    def test_beside_a_wheel(self):
        wheel = next(EXAMPLES.glob("numexpr-2.10.1-*.whl"))
        sdist = tar_of(self.folder / "demo-1.0.tar.gz", self.MEMBERS)
        status, found = report(wheel, sdist, "--numpy", "2.0")
        self.assertEqual([(f["kind"], f["verdicts"]["2.0"]) for f in found["files"]], [("wheel", "compatible"), ("sdist", "incompatible")])
        self.assertEqual(status, 1)


class Metadata(Sources):
    def described(self, **files):
        shutil.rmtree(self.folder / "t", ignore_errors=True)
        self.write("t/good.c", GOOD)
        for name, text in files.items():
            self.write("t/" + name.replace("__", "."), text)
        _, found = report(self.folder / "t", "--numpy", "2.0")
        file = found["files"][0]
        self.assertEqual(found["problems"], [])
        return file["kind"], file["name"], file["version"], file["requires_numpy"]

    def test_pyproject(self):
        text = '[project]\nname = "demo"\nversion = "3"\ndependencies = [\n  "numpy>=1.21; python_version>=\'3.6\'",  # why\n  "scipy",\n]\n'
        self.assertEqual(self.described(pyproject__toml=text), ("tree", "demo", "3", ">=1.21"))
        self.assertEqual(self.described(pyproject__toml="[project\nname"), ("tree", None, None, None))

    def test_setup_cfg(self):
        text = "[metadata]\nname = demo\nversion = attr: demo.__version__\n[options]\ninstall_requires =\n    scipy\n    numpy>=1.20\n[options.extras_require]\nall = numpy>=9\n"
        self.assertEqual(self.described(setup__cfg=text), ("tree", "demo", None, ">=1.20"))

    def test_requires_txt(self):
        text = "six\n\n[:python_version >= \"3.6\"]\nnumpy>=1.19\n\n[:python_version < \"3.6\"]\nnumpy>=1.2\n\n[test]\nnumpy>=8\n"
        files = {"PKG-INFO": "Metadata-Version: 1.2\nName: demo\nVersion: 2\n", "demo.egg-info/requires.txt": text}
        self.assertEqual(self.described(**files), ("tree", "demo", "2", ">=1.19"))

    def test_without_numpy_what_the_metadata_allows(self):
        path = tar_of(self.folder / "demo-1.0.tar.gz", Archives.MEMBERS)
        status, found = report(path)
        verdicts = found["files"][0]["verdicts"]
        self.assertEqual(status, 1)
        self.assertEqual((verdicts["1.26"], verdicts["2.0"]), ("compatible", "incompatible"))
        self.assertTrue(set(verdicts) <= {"1.24", "1.25", "1.26", "2.0"}, verdicts)

    def test_the_table_has_the_columns_that_were_judged(self):
        path = tar_of(self.folder / "demo-1.0.tar.gz", Archives.MEMBERS)
        lines = run(path).stdout.splitlines()
        self.assertRegex(lines[0], r"^NumPy 1\.2\d( .*)?  2\.0$")
        self.assertRegex(lines[1], r"^ +ok .*FAIL .*demo-1\.0\.tar\.gz$")

    def test_the_table_says_where_sources_were_not_judged(self):
        path = tar_of(self.folder / "demo-1.0.tar.gz", Archives.MEMBERS)
        wheel = next(EXAMPLES.glob("numexpr-2.10.1*.whl"))
        text = run(path, wheel).stdout
        self.assertRegex(text, r"\n +\. .*demo-1\.0\.tar\.gz\n")
        self.assertIn(".     = not judged: name this NumPy with --numpy", text)


class Arguments(Sources):
    def test_behind_the_dashes(self):
        path = self.write("f.c", BEGIN + "#ifdef OLD\nint f(PyArray_Descr *d) { return d->elsize; }\n#endif\n#include \"own.h\"\n")
        self.write("inc/own.h", "")
        done = run(path, "--numpy", "2.0", "--", f"-I{self.folder}/inc")
        self.assertEqual(done.returncode, 0, done.stdout)
        done = run(path, "--numpy", "2.0", "--", f"-I{self.folder}/inc", "-DOLD")
        self.assertEqual(done.returncode, 1, done.stdout)

    def test_compilation_database(self):
        self.write("t/src/f.c", BEGIN + "#include \"own.h\"\n#ifdef OLD\nint f(PyArray_Descr *d) { return d->elsize; }\n#endif\n")
        self.write("t/src/not_built.c", BAD)
        self.write("elsewhere/own.h", "")
        python = report(self.folder / "t", "--numpy", "2.0", "-vv")[1]["files"][0]["sources"][0]["arguments"]
        include = next(each for each in python if "python3" in each)
        entry = {"directory": str(self.folder / "t"), "file": "src/f.c", "command": f"cc -O2 -DOLD {include} -I ../elsewhere -o f.o -c src/f.c"}
        database = self.write("build/compile_commands.json", json.dumps([entry]))
        for given in (database, database.parent):
            self.assertEqual(self.verdicts(self.folder / "t", "-p", given)["f.c"], ("incompatible", [6]))
        done = run(self.folder / "t", "-p", self.write("broken.json", "{"), "--numpy", "2.0")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("no compilation database", done.stderr)
        self.assertEqual(self.verdicts(self.folder / "t/src/not_built.c", "-p", database), {"not_built.c": ("incompatible", [4])})

    def test_what_a_database_leaves_out(self):
        self.write("t/good.c", GOOD)
        self.write("t/bad.c", BAD)
        python = report(self.folder / "t", "--numpy", "2.0", "-vv")[1]["files"][0]["sources"][0]["arguments"]
        entry = {"directory": str(self.folder / "t"), "file": "good.c", "arguments": ["cc", *python, "-c", "good.c"]}
        for name, entries in (("part", [entry]), ("stale", [{**entry, "directory": "/elsewhere"}]), ("empty", [])):
            database = self.write(f"{name}/compile_commands.json", json.dumps(entries))
            found = self.verdicts(self.folder / "t", "-p", database)
            self.assertEqual(found, {"good.c": ("compatible", []), "bad.c": ("incompatible", [4])}, name)

    def test_nothing_behind_the_dashes_writes_files(self):
        path = self.write("good.c", GOOD)
        kept = self.write("kept.txt", "as it was")
        flags = ("--", "-MD", "-MF", kept, "-o", kept, "-c", path)
        self.assertEqual(run(path, "--numpy", "2.0", *flags).returncode, 0)
        self.assertEqual(kept.read_text(), "as it was")

    def test_headers_of_the_tree(self):
        """Where an include of the tree is found, also when it climbs out of the folder that the build names."""
        self.write("t/lib/deep/inner/f.c", BEGIN + "#include <own/limits_of_own.h>\n#include <../../other/far.h>\nint x = OWN + FAR;\n")
        self.write("t/include/own/limits_of_own.h", "#define OWN 1\n")
        self.write("t/lib/other/far.h", "#define FAR 1\n")
        self.assertEqual(self.verdicts(self.folder / "t"), {"f.c": ("compatible", [])})

    def environment(self, version="1.26.4"):
        """A virtual environment, with what an installed NumPy and pybind11 have of headers."""
        root = self.folder / "env"
        done = subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(root)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        packages = next((root / "lib").glob("python3.*")) / "site-packages"
        for name, text in {
            f"numpy-{version}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: numpy\nVersion: {version}\n",
            "numpy/core/include/numpy/arrayobject.h": "#define ONLY_WHERE_INSTALLED 1\ntypedef struct { int nd; } PyArrayObject;\n",
            "pybind11/include/pybind11/numpy.h": "#define PYBIND 1\n#include <numpy/arrayobject.h>\n",
        }.items():
            self.write(packages / name, text)
        return root

    def test_installed_numpy_is_read_itself(self):
        root = self.environment()
        self.write("src/f.c", "#include <Python.h>\n#include <numpy/arrayobject.h>\nint f(void) { return ONLY_WHERE_INSTALLED; }\n")
        path = {"PATH": f"{root}/bin:{os.environ['PATH']}"}
        beside = next((root / "lib").glob("python3.*")) / "site-packages" / "demo"
        shutil.copytree(self.folder / "src", beside)
        for given in (self.folder / "src", beside, beside / "f.c"):
            status, found = report(given, "--numpy", "installed", env=path)
            self.assertEqual((status, list(found["files"][0]["verdicts"])), (0, ["1.26.4"]))
        status, found = report(self.folder / "src", "--numpy", "1.26.4")
        self.assertEqual((status, found["files"][0]["verdicts"]), (3, {"1.26.4": "unknown"}))

    def test_headers_of_installed_packages(self):
        root = self.environment()
        self.write("src/f.cpp", BEGIN + "#include <pybind11/numpy.h>\nint x = PYBIND;\n")
        path = f"{root}/bin:{os.environ['PATH']}"
        done = run(self.folder / "src", "--numpy", "2.0", env={"PATH": path})
        self.assertEqual(done.returncode, 0, done.stdout)


class Files(Sources):
    def test_empty(self):
        self.assertEqual(self.verdicts(self.write("empty.c", "")), {"empty.c": ("compatible", [])})

    def test_a_folder_is_no_source(self):
        (self.folder / "t" / "odd.c").mkdir(parents=True)
        self.write("t/good.c", GOOD)
        (self.folder / "t" / "loop").symlink_to(self.folder / "t")
        (self.folder / "t" / "self.c").symlink_to("self.c")
        (self.folder / "t" / "gone.c").symlink_to("nothing.c")
        self.assertEqual(self.verdicts(self.folder / "t"), {"good.c": ("compatible", [])})

    def test_a_tree_without_numpy(self):
        self.write("t/plain.c", "int x;\n")
        self.assertEqual(self.verdicts(self.folder / "t"), {})
        self.assertEqual(self.status, 0)


class Survival(Sources):
    """A file that the compiler does not survive is unknown; all others have their verdicts."""

    def check(self, text, *words, name="odd.cpp", options=()):
        for other, content in (("a_good.c", GOOD), ("z_bad.c", BAD)):
            self.write("t/" + other, content)
        self.write("t/" + name, BEGIN + text)
        found = self.verdicts(self.folder / "t", *options)
        self.assertEqual((found["a_good.c"], found["z_bad.c"]), (("compatible", []), ("incompatible", [4])))
        self.assertEqual(found[name][0], "unknown")
        odd = next(s for s in self.found["files"][0]["sources"] if s["path"].endswith(name))
        finding = odd["verdicts"]["2.0"]["findings"][0]
        self.assertEqual(finding["rule"], "NPY905")
        for word in words:
            self.assertIn(word, finding["message"])

    def test_crash(self):
        self.check("#pragma clang __debug crash\n", "did not survive")
        self.check("#pragma clang __debug llvm_fatal_error\n", "did not survive")

    def test_endless_templates(self):
        self.check("template <int N> struct A { A<N + 1> next; };\nA<0> a;\n", "template")

    def test_includes_itself(self):
        self.check("#include \"odd.cpp\"\n", "nested too deeply")

    def test_never_ends(self):
        doubled = "".join(f"#define X{n} X{n - 1} X{n - 1} X{n - 1} X{n - 1}\n" for n in range(1, 40))
        self.check(f"#define X0\n{doubled}X39\n", "too long", options=("--source-timeout", "2"))

    def test_deeply_nested(self):
        self.check("int x = " + "(" * 100_000 + "1" + ")" * 100_000 + ";\n", "nesting")

    def test_memory(self):
        doubled = "".join(f"#define X{n} X{n - 1},X{n - 1},X{n - 1},X{n - 1}\n" for n in range(1, 20))
        self.check(f"#define X0 1\n{doubled}#define COUNT(...) __VA_ARGS__\nint x[] = {{COUNT(X19)}};\n", "did not survive", options=("--source-timeout", "20"))


class WithoutScanner(unittest.TestCase):
    """A build without LLVM has no abicheck-sources beside it."""

    def test_says_so(self):
        folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        program = folder / "abicheck"
        shutil.copy(PROGRAM, program)
        (folder / "good.c").write_text(GOOD)
        done = subprocess.run([program, folder / "good.c", "--numpy", "2.0"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("no source scanner", done.stderr)
        self.assertIn("LLVM", done.stderr)
        wheel = next(EXAMPLES.glob("numexpr-2.10.1-*.whl"))
        done = subprocess.run([program, folder / "good.c", wheel, "--numpy", "2.0", "-f", "json"], capture_output=True, text=True)
        found = json.loads(done.stdout)
        self.assertEqual((done.returncode, len(found["files"]), [p["code"] for p in found["problems"]]), (3, 1, ["unsupported"]))


if __name__ == "__main__":
    unittest.main()
