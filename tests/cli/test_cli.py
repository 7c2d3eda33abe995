"""What the contract says of the command line: kinds of paths, forms of --numpy, formats, exit status, determinism."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from program import DATABASE, EXAMPLES, PROGRAM, make_wheel, member_of_example, report, run

OLD = next(EXAMPLES.glob("numexpr-2.9.0-*.whl"))   # NumPy 1.x headers, Python 3.9
NEW = next(EXAMPLES.glob("numexpr-2.10.1-*.whl"))  # NumPy 2.x headers, Python 3.9
PYBIND = next(EXAMPLES.glob("contourpy-1.2.0-*.whl"))
CYTHON = next(EXAMPLES.glob("pycocotools-2.0.7-*.whl"))


def verdicts(path, *numpy):
    arguments = [word for spec in numpy for word in ("--numpy", spec)]
    return report(path, *arguments)[1]["files"][0]["verdicts"]


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def test_exit_status(self):
        self.assertEqual(run(NEW, "--numpy", "2.0").returncode, 0)
        self.assertEqual(run(OLD, "--numpy", "2.0").returncode, 1)
        self.assertEqual(run(OLD, NEW, "--numpy", "2.0").returncode, 1)
        self.assertEqual(run(OLD, "--numpy", "2.0", "--exit-zero").returncode, 0)
        self.assertEqual(run(OLD, "--numpy", "2.0", "--fail-on", "never").returncode, 0)
        self.assertEqual(run(OLD, self.folder / "none.whl", "--numpy", "2.0").returncode, 1)  # 1 wins over 3
        self.assertEqual(run(NEW, self.folder / "none.whl", "--numpy", "2.0").returncode, 3)
        self.assertEqual(run(NEW, self.folder / "none.whl", "--numpy", "2.0", "--fail-on", "unknown").returncode, 1)

    def test_wrong_usage_is_2_with_one_line_and_no_report(self):
        for arguments in ([], [NEW, "--numpy", "1.x"], [NEW, "--numpy", "1.5"], [NEW, "--nonsense"], [NEW, "--format", "sarif"],
                          [NEW, "--db", self.folder], [NEW, "--numpy", ">=2,"], ["explain", "NPY101", "--list"], [NEW, "-j", "x"]):
            with self.subTest(arguments=[str(a) for a in arguments]):
                done = run(*arguments)
                self.assertEqual(done.returncode, 2, done.stdout)
                self.assertEqual(done.stdout, "")
                self.assertTrue(done.stderr.startswith("abicheck: "), done.stderr)

    def test_explain(self):
        page = run("explain", "NPY101")
        self.assertEqual(page.returncode, 0)
        for part in ("NPY101: ", "What happens", "Why", "How to fix it"):
            self.assertIn(part, page.stdout)
        pages = run("explain", "NPY101", "NPY208")
        self.assertTrue(pages.stdout.startswith(page.stdout + "\nNPY208: "))
        listed = run("explain", "--list").stdout.splitlines()
        self.assertTrue(all(re.match(r"NPY\d{3}  \w", line) for line in listed))
        self.assertEqual(listed, sorted(listed))
        for wrong in (["explain"], ["explain", "NPY1"], ["explain", "NPY101", "NPY000"]):
            done = run(*wrong)
            self.assertEqual((done.returncode, done.stdout), (2, ""))

    def test_version_and_help(self):
        self.assertRegex(run("--version").stdout, r"^abicheck \d+\.\d+\.\d+\n$")
        self.assertEqual(run("-V").stdout, run("--version").stdout)
        for flag in ("-h", "--help"):
            self.assertEqual(run(flag).returncode, 0)
            self.assertIn("--numpy", run(flag).stdout)

    def test_what_cannot_be_written_is_2(self):
        for arguments in (["-h"], ["--version"], ["db", "--help"], ["db", "list"], [NEW, "--numpy", "2.0"]):
            with self.subTest(arguments=arguments), open("/dev/full", "w") as full:
                done = subprocess.run([PROGRAM, *arguments], stdout=full, stderr=subprocess.PIPE, text=True)
                self.assertEqual(done.returncode, 2)
                self.assertRegex(done.stderr, r"^abicheck: the \w+ could not be written to standard output\n$")

    def test_a_value_that_an_option_does_not_take_is_one_line(self):
        for option, value, words in (("--format", "xml", "text, json"), ("--color", "red", "auto, always, never"),
                                     ("--fail-on", "all", "error, warning, unknown, never")):
            self.assertEqual(run(NEW, option, value).stderr, f"abicheck: {option}: '{value}' is not one of {words}\n")
        self.assertLess(len(run(NEW, "--format", "x" * 100_000).stderr), 200)
        self.assertIn("'" + "9" * 61 + "...' is not a NumPy version", run(NEW, "--numpy", "9" * 100_000).stderr)
        self.assertLess(len(run("--" + "x" * 100_000).stderr), 400)

    def test_forms_of_numpy(self):
        self.assertEqual(verdicts(OLD, "2.0"), {"2.0": "incompatible"})
        self.assertEqual(verdicts(OLD, "2.0.2"), {"2.0.2": "incompatible"})
        self.assertEqual(verdicts(OLD, "1.26,2.0"), {"1.26": "compatible", "2.0": "incompatible"})
        self.assertEqual(verdicts(OLD, "1.26", "2.0"), {"1.26": "compatible", "2.0": "incompatible"})
        spanned = verdicts(OLD, ">=1.26.3,<2.0.2")
        self.assertEqual(spanned, {"1.26.3": "compatible", "1.26.4": "compatible", "2.0.0": "incompatible", "2.0.1": "incompatible"})
        self.assertEqual(verdicts(OLD, "~=1.26.0"), {f"1.26.{i}": "compatible" for i in range(5)})
        self.assertEqual(list(verdicts(NEW, "latest").values()), ["not_applicable"])  # no NumPy 2.5 for Python 3.9
        everything = verdicts(OLD, "all")
        self.assertEqual(everything["1.7"], "not_applicable")
        self.assertEqual((everything["1.26"], everything["2.0"]), ("compatible", "incompatible"))

    def test_installed(self):
        site = self.folder / "site-packages"
        site.mkdir()
        (site / "numpy-1.26.4.dist-info").mkdir()
        (site / "numpy-1.26.4.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 1.26.4\n")
        shutil.copy(OLD, site)
        self.assertEqual(verdicts(site / OLD.name, "installed"), {"1.26.4": "compatible"})
        lonely = self.folder / "lonely"
        lonely.mkdir()
        shutil.copy(OLD, lonely)
        done = run(lonely / OLD.name, "--numpy", "installed")
        self.assertEqual(done.returncode, 2)
        self.assertIn("NumPy", done.stderr)

    def test_newer_than_the_database_is_judged_like_the_newest_and_said(self):
        status, found = report(PYBIND, "--numpy", "2.99")
        self.assertEqual(found["targets"], ["2.99"])
        self.assertTrue(any("2.99" in note and "2.5" in note for note in found["notes"]), found.get("notes"))
        self.assertEqual(found["files"][0]["verdicts"], {"2.99": "incompatible"})
        self.assertIn("2.99", run(PYBIND, "--numpy", "2.99").stdout)

    def test_not_applicable(self):
        self.assertEqual(verdicts(OLD, "2.1", "1.16", "1.19.5"), {"2.1": "not_applicable", "1.16": "not_applicable", "1.19.5": "compatible"})
        self.assertEqual(run(OLD, "--numpy", "2.1").returncode, 0)

    def test_without_numpy_the_metadata_is_checked(self):
        status, found = report(OLD)
        file = found["files"][0]
        self.assertEqual(status, 1)
        self.assertEqual(file["requires_numpy"], ">=1.13.3")
        self.assertEqual(file["supported_numpy"], ">=1.16,<2")
        self.assertEqual([f["rule"] for f in file["findings"]], ["NPY301"])
        self.assertEqual(report(NEW)[0], 0)

    def test_kinds_of_paths(self):
        name, content = member_of_example("numexpr-2.9.0-*.whl")
        module = self.folder / pathlib.Path(name).name
        module.write_bytes(content)
        status, found = report(module, "--numpy", "2.0")
        self.assertEqual((status, found["files"][0]["kind"], found["files"][0]["verdicts"]), (1, "module", {"2.0": "incompatible"}))
        versioned = self.folder / "libdemo.so.1.2"
        versioned.write_bytes(content)
        (self.folder / "deep" / "er").mkdir(parents=True)
        shutil.copy(NEW, self.folder / "deep" / "er")
        (self.folder / "deep" / "note.txt").write_text("not for us")
        found = report(self.folder, "--numpy", "2.0")[1]
        self.assertEqual([os.path.relpath(f["path"], self.folder) for f in found["files"]],
                         ["deep/er/" + NEW.name, module.name, versioned.name])
        paths = self.folder / "list.txt"
        paths.write_text(f"{OLD}\n{NEW}\n")
        self.assertEqual(len(report(f"@{paths}", "--numpy", "2.0")[1]["files"]), 2)
        self.assertEqual(len(report("-", "--numpy", "2.0", stdin=f"{OLD}\n{NEW}\n")[1]["files"]), 2)
        self.assertEqual(len(report(EXAMPLES / "numexpr-*.whl", "--numpy", "2.0")[1]["files"]), 2)  # no shell expanded it
        renamed = self.folder / "wheel.without.suffix"
        shutil.copy(NEW, renamed)
        self.assertEqual(report(renamed, "--numpy", "2.0")[1]["files"][0]["kind"], "wheel")

    def test_same_bytes_whatever_the_number_of_threads(self):
        wheels = sorted(EXAMPLES.glob("*.whl"))
        for form in ("json", "text"):
            outputs = {run(*wheels, "--numpy", "all", "--format", form, "-vv", "-j", str(jobs)).stdout for jobs in (1, 2, 3, 8)}
            self.assertEqual(len(outputs), 1)

    def test_json_facts_of_a_module(self):
        module = report(OLD, "--numpy", "2.0.2")[1]["files"][0]["modules"][0]
        facts = {fact["kind"]: fact for fact in module["facts"]}
        self.assertEqual((facts["abi_version"]["value"], facts["abi_version"]["compare"]), ("0x01000009", "equal"))
        self.assertEqual((facts["api_version"]["value"], facts["api_version"]["numpy"]), ("0x0000000d", "1.19"))
        self.assertEqual(facts["import_path"]["value"], "numpy.core._multiarray_umath")
        self.assertIn("confirmed by the compare", facts["api_version"]["how"])
        finding = module["verdicts"]["2.0.2"]["findings"][0]
        self.assertEqual((finding["when"], finding["severity"]), ("import", "error"))
        self.assertEqual(finding["predicted_error"], {"type": "ImportError", "message": "numpy.core.multiarray failed to import",
                         "cause": {"type": "AttributeError", "message": "_ARRAY_API not found", "cause": None}})
        cython = report(CYTHON, "--numpy", "2.0")[1]["files"][0]["modules"][0]
        sizes = [(f["type"], f["expected"], f["mode"]) for f in cython["facts"] if f["kind"] == "size_check"]
        self.assertEqual(sizes[0], ("numpy.dtype", 96, "ignore"))

    def test_colour_on_terminals_only(self):
        self.assertNotIn("\x1b", run(OLD, "--numpy", "2.0").stdout)
        self.assertIn("\x1b", run(OLD, "--numpy", "2.0", "--color", "always").stdout)
        self.assertIn("\x1b", run(OLD, "--numpy", "2.0", env={"FORCE_COLOR": "1"}).stdout)
        self.assertNotIn("\x1b", run(OLD, "--numpy", "2.0", env={"FORCE_COLOR": "1", "NO_COLOR": "1"}).stdout)

    def test_database_from_a_directory(self):
        database = self.folder / "db"
        shutil.copytree(DATABASE, database)
        self.assertEqual(run(OLD, "--numpy", "2.0", "--db", database).stdout, run(OLD, "--numpy", "2.0").stdout)
        changed = json.loads((database / "numpy-2.0.json").read_text())
        changed["import_paths"]["numpy.core._multiarray_umath._ARRAY_API"] = "works"
        changed["abi_version"] = "0x01000009"
        (database / "numpy-2.0.json").write_text(json.dumps(changed))
        self.assertEqual(run(OLD, "--numpy", "2.0", "--db", database).returncode, 0)
        (database / "numpy-2.0.json").write_text("{")
        self.assertEqual(run(OLD, "--numpy", "2.0", "--db", database).returncode, 2)

    def test_a_wheel_without_native_members(self):
        pure = make_wheel(self.folder / "demo-1.0-py3-none-any.whl", {"demo/__init__.py": b""})
        status, found = report(pure, "--numpy", "2.0")
        self.assertEqual((status, found["files"][0]["verdicts"]), (0, {"2.0": "compatible"}))

    def test_same_path_given_twice_is_checked_once(self):
        self.assertEqual(len(report(NEW, NEW, "--numpy", "2.0")[1]["files"]), 1)


if __name__ == "__main__":
    unittest.main()
