"""scripts/compare_platforms.py on made-up reports: what it takes for the same, what it explains, what it calls different."""
import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from platform_tools import comparison, headers, wheels  # noqa: E402

HEADERS = headers.Headers(ROOT / "abi_db")
X86_64 = "demo-1.0-cp39-cp39-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
A7 = (b"numpy.core._multiarray_umath\0_ARRAY_API not found\0"
      b"module compiled against API version 0x%x but this version of numpy is 0x%x\0")
A5 = A7.replace(b"_multiarray_umath", b"multiarray")


def module(api=0x0d, sizes=None, verdict="compatible", **more):
    facts = [{"kind": "abi_version", "value": "0x01000009", "compare": "equal", "reach": "import"},
             {"kind": "api_version", "value": f"0x{api:08x}", "reach": "import"},
             {"kind": "import_path", "value": "numpy.core._multiarray_umath", "attribute": "_ARRAY_API", "table": "multiarray"}]
    facts += [{"kind": "size_check", "type": kind, "expected": size, "mode": "ignore"} for kind, size in (sizes or {}).items()]
    finding = {"severity": "error", "when": "import"}
    return {"path": "demo/_core.so", "format": "elf", "arch": "x86_64", "bits": 64, "python_module": True, "uses_numpy": True, "generator": "c",
            "facts": facts, "verdicts": {"2.0": {"verdict": verdict, "findings": [finding] * (verdict == "incompatible")}}, **more}


def comparison_of(there, here, platform, python="cp39", texts=(b"", b""), proofs=()):
    builds = [{"wheel": wheels.read_name(name), "module": found, "content": lambda text=text: text}
              for name, found, text in ((X86_64, there, texts[0]), (f"demo-1.0-{python}-{python}-{platform}.whl", here, texts[1]))]
    return comparison.Comparison(HEADERS, *builds, proofs)


def compared(*builds, **more):
    """(outcome, {reason of a difference})"""
    outcome, differences = comparison_of(*builds, **more).result()
    return outcome, {difference.reason for difference in differences}


class Names(unittest.TestCase):
    def test_platforms_and_data_models(self):
        for tags, platform, model in (
                ("manylinux_2_5_i686.manylinux1_i686", "linux_i686", "ilp32"), ("musllinux_1_2_aarch64", "musl_aarch64", "lp64"),
                ("win32", "win32", "ilp32_aligned"), ("win_arm64", "win_arm64", "llp64"), ("macosx_10_9_universal2", "macos_universal2", "lp64"),
                ("macosx_10_6_intel.macosx_10_9_x86_64", "macos_intel", "lp64"),
                ("manylinux_2_17_armv7l.manylinux2014_armv7l", "linux_armv7l", "ilp32_aligned")):
            wheel = wheels.read_name(f"Demo_x-1.0-cp310-cp310-{tags}.whl")
            self.assertEqual((wheel.name, wheel.platform, wheel.data_model), ("demo-x", platform, model))
        self.assertEqual(wheels.read_name("demo-1.0-2-cp314-cp314t-win_amd64.whl").data_model, "llp64t")
        self.assertEqual(wheels.read_name("demo-1.0-cp315-cp315-win32.whl").data_model, "ilp32_aligned_315")
        self.assertIsNone(wheels.read_name("demo-1.0.tar.gz"))

    def test_modules(self):
        for member, name in (("demo/_core.cpython-310-x86_64-linux-gnu.so", "demo._core"), ("demo/_core.cp310-win_amd64.pyd", "demo._core"),
                             ("demo-1.0.data/platlib/demo/_core.abi3.so", "demo._core"), ("_one.pyd", "_one"), ("demo.libs/libz-1.so", None),
                             ("demo/.dylibs/libz.so", None), ("demo/zlib.dll", None)):
            self.assertEqual(wheels.module_name(member), name)

    def test_the_nearest_python(self):
        candidates = [wheels.read_name(f"demo-1.0-{tag}-linux_x86_64.whl") for tag in ("cp38-cp38", "cp310-cp310", "cp313-cp313t", "cp313-cp313")]
        for tag, chosen in (("cp310-cp310", "cp310"), ("cp36-cp36m", "cp38"), ("cp313-cp313", "cp313"), ("cp314-cp314", "cp313")):
            found = wheels.nearest(wheels.read_name(f"demo-1.0-{tag}-win32.whl"), candidates)
            self.assertEqual((found.python, found.abi), (chosen, chosen))
        self.assertIsNone(wheels.nearest(candidates[0], []))


class Sizes(unittest.TestCase):
    def test_sizes_of_the_same_headers(self):
        there = {"numpy.ndarray": 80, "numpy.dtype": 96, "numpy.ufunc": 216, "numpy.generic": 16}
        for platform, here in (("win32", {"numpy.ndarray": 40, "numpy.dtype": 56, "numpy.ufunc": 124, "numpy.generic": 8}),
                               ("manylinux2014_i686", {"numpy.ndarray": 40, "numpy.dtype": 56, "numpy.ufunc": 124, "numpy.generic": 8})):
            self.assertEqual(compared(module(sizes=there), module(sizes=here), platform), ("explained", {comparison.SAME_HEADERS}))
        self.assertEqual(compared(module(sizes=there), module(sizes=there), "win_amd64"), ("same", set()))

    def test_alignment_tells_32_bit_models_apart(self):
        there, here = module(0x12, {"numpy.dtype": 88}), module(0x12, {"numpy.dtype": 56})
        self.assertEqual(compared(there, here, "win32")[0], "explained")
        self.assertEqual(compared(there, here, "manylinux2014_i686")[0], "different")

    def test_sizes_of_other_headers(self):
        for platform, size in (("manylinux2014_i686", 44), ("win_amd64", 88), ("win32", 80)):
            self.assertEqual(compared(module(sizes={"numpy.ndarray": 80}), module(sizes={"numpy.ndarray": size}), platform)[0], "different")

    def test_a_check_that_is_missing_or_has_another_mode(self):
        there = module(sizes={"numpy.ndarray": 80})
        named = (b"ndarray\0", b"ndarray\0")
        self.assertEqual(compared(there, module(), "win_amd64", texts=named)[0], "different")
        self.assertEqual(compared(there, module(), "win_amd64", "cp310", texts=named)[0], "different")
        outcome, reasons = compared(there, module(), "win_amd64", texts=(b"ndarray\0", b"ndarrays\0"))
        self.assertEqual((outcome, comparison.NO_NAME in reasons), ("explained", True))
        here = copy.deepcopy(there)
        here["facts"][-1]["mode"] = "error"
        self.assertEqual(compared(there, here, "win_amd64")[0], "different")

    def test_the_32_bit_half_of_a_file(self):
        there = module(sizes={"numpy.ndarray": 80})
        self.assertEqual(compared(there, module(sizes={"numpy.ndarray": 40}, bits=32), "macosx_10_6_intel")[0], "explained")

    def test_free_threaded(self):
        there = module(0x13, {"numpy.ndarray": 96})
        self.assertEqual(compared(there, module(0x13, {"numpy.ndarray": 112}), "win_amd64", "cp313t")[0], "explained")


class OtherHeaders(unittest.TestCase):
    def test_without_evidence_it_is_a_difference(self):
        self.assertEqual(compared(module(0x0d), module(0x0e), "win_amd64", texts=(A7, A7))[0], "different")

    def test_another_python(self):
        self.assertEqual(compared(module(0x0d), module(0x0e), "win_amd64", "cp310"), ("explained", {comparison.OTHER_PYTHON}))

    def test_another_python_explains_no_other_generator_and_no_missing_fact(self):
        self.assertEqual(compared(module(), module(generator="pybind11"), "win_amd64", "cp310")[0], "different")
        for missing in range(3):
            here = module()
            del here["facts"][missing]
            self.assertEqual(compared(module(), here, "win_amd64", "cp310")[0], "different")

    def test_texts_of_both_files(self):
        self.assertEqual(HEADERS.told_by_texts(A5), ({"1.11", "1.12", "1.13", "1.14", "1.15"}, {0x0a, 0x0b, 0x0c}))
        self.assertEqual(HEADERS.told_by_texts(A7), ({f"1.{minor}" for minor in range(16, 24)}, {0x0d, 0x0e, 0x0f, 0x10}))
        there = module(0x0b)
        there["facts"][2]["value"] = "numpy.core.multiarray"
        self.assertEqual(compared(there, module(0x0d), "win_amd64", texts=(A5, A7)), ("explained", {comparison.OTHER_TEXTS}))
        self.assertEqual(compared(there, module(0x0b), "win_amd64", texts=(A5, A7))[0], "different")
        # Visual C++ drops a function that nothing calls, and leaves its texts in the file: they are no evidence of a fact.
        here = module()
        here["facts"] = []
        self.assertEqual(compared(there, here, "win_amd64", texts=(A5, A7))[0], "different")

    def test_texts_that_name_the_target(self):
        text = (b"numpy._core._multiarray_umath\0numpy.core._multiarray_umath\0"
                b"module was compiled against NumPy C-API version 0x%x (NumPy 1.20) but the running NumPy has C-API version 0x%x. Check the section "
                b"C-API incompatibility at the Troubleshooting ImportError section at https://numpy.org/devdocs/user/troubleshooting-importerror.html"
                b"#c-api-incompatibility for indications on how to solve this problem.\0")
        minors, apis = HEADERS.told_by_texts(text)
        self.assertEqual(({"2.0", "2.2"} - minors, "1.26" in minors, apis), (set(), False, {0x0e}))
        self.assertIsNone(HEADERS.told_by_texts(b"numpy._core._multiarray_umath\0"))

    def test_api_version_and_sizes_agree_in_each_file(self):
        there, here = module(0x0d, {"numpy.ndarray": 80}), module(0x0e, {"numpy.ndarray": 88})
        self.assertEqual(compared(there, here, "win_amd64", texts=(A7, A7)), ("explained", {comparison.OTHER_HEADERS}))
        self.assertEqual(compared(there, module(0x0e, {"numpy.ndarray": 80}), "win_amd64", texts=(A7, A7))[0], "different")

    def test_another_module_of_the_same_wheels_proves_it(self):
        older = module(0x0b)
        older["facts"][2]["value"] = "numpy.core.multiarray"
        proof = comparison_of(older, module(0x0d), "win_amd64", texts=(A5, A7)).proof_of_headers()
        self.assertEqual(proof[0], comparison.OTHER_TEXTS)
        there, here = module(sizes={"numpy.ufunc": 192}), module(sizes={"numpy.ufunc": 216})
        for build in (there, here):
            del build["facts"][:3]
        self.assertEqual(compared(there, here, "win_amd64"), ("different", {None}))
        self.assertEqual(compared(there, here, "win_amd64", proofs=[proof]), ("explained", {comparison.SIBLING}))
        # Sizes of neither build's proven headers.
        wrong = module(sizes={"numpy.ufunc": 232})
        del wrong["facts"][:3]
        self.assertEqual(compared(there, wrong, "win_amd64", proofs=[proof])[0], "different")
        self.assertIsNone(comparison_of(there, here, "win_amd64").proof_of_headers())

    def test_numbers_that_the_program_read_twice(self):
        there, here = module(0x0d), module(0x0e)
        for build in (there, here):
            build["facts"][1]["how"] = "argument of PyErr_Format, confirmed by the compare at 0x1234"
        self.assertEqual(compared(there, here, "win_amd64"), ("explained", {comparison.READ_TWICE}))
        here["facts"][1]["how"] = "argument of PyErr_Format"
        self.assertEqual(compared(there, here, "win_amd64")[0], "different")

    def test_no_numpy_of_the_reference_exists_there(self):
        # The texts are of 1.16 to 1.23, of which macOS on Arm has 1.21 and later.
        self.assertEqual(compared(module(0x0d), module(0x0e), "macosx_11_0_arm64", texts=(A7, A7)), ("explained", {comparison.NO_WHEEL}))
        self.assertEqual(compared(module(0x0e), module(0x0d), "macosx_11_0_arm64", texts=(A7, A7))[0], "different")


class Slots(unittest.TestCase):
    def with_slots(self, *slots):
        found = module()
        found["facts"] += [{"kind": "api_slot", "table": "multiarray", "index": index, "name": name} for index, name in slots]
        return found

    def test_long_has_another_size(self):
        there = self.with_slots((2, "PyArray_Type"), (22, "PyLongArrType_Type"))
        here = self.with_slots((2, "PyArray_Type"), (24, "PyLongLongArrType_Type"))
        for platform in ("win_amd64", "win32", "manylinux2014_i686"):
            self.assertEqual(compared(there, here, platform), ("explained", {comparison.LONG}))
        self.assertEqual(compared(there, here, "macosx_11_0_arm64")[0], "different")
        self.assertEqual(compared(there, self.with_slots((2, "PyArray_Type"), (30, "PyDoubleArrType_Type")), "win_amd64")[0], "different")

    def test_one_build_has_more(self):
        there = self.with_slots((2, "PyArray_Type"))
        self.assertEqual(compared(there, self.with_slots((2, "PyArray_Type"), (69, "PyArray_FromAny")), "win_amd64")[0], "different")

    def test_copies_that_nothing_calls(self):
        there = module()
        there["facts"].append({"kind": "import_reach", "value": "import", "table": "multiarray"})
        here = copy.deepcopy(there)
        here["facts"] += [{**fact, "value": "never"} if fact["kind"] == "import_reach" else fact for fact in there["facts"]]
        self.assertEqual(compared(there, here, "win_amd64"), ("explained", {comparison.UNUSED_CODE}))


class Verdicts(unittest.TestCase):
    def test_a_verdict_needs_a_reason(self):
        self.assertEqual(compared(module(), module(verdict="incompatible"), "win_amd64")[0], "different")
        self.assertEqual(compared(module(), module(0x0e, verdict="incompatible"), "win_amd64", "cp310")[0], "explained")

    def test_running_sizes_of_another_data_model(self):
        # NumPy 2's dtype has 88 bytes on 64 bits, less than 1.x's 96; on 32-bit Windows both have 56.
        there = module(sizes={"numpy.dtype": 96}, verdict="incompatible")
        self.assertEqual(compared(there, module(sizes={"numpy.dtype": 56}), "win32"),
                         ("explained", {comparison.SAME_HEADERS, comparison.RUNNING_SIZES}))
        self.assertEqual(compared(there, module(sizes={"numpy.dtype": 56}), "manylinux2014_i686")[0], "different")

    def test_not_applicable_is_left_out(self):
        self.assertEqual(compared(module(verdict="incompatible"), module(verdict="not_applicable"), "win_amd64")[0], "same")

    def test_unknown(self):
        unread = module(verdict="unknown", format="unknown", generator="unknown", uses_numpy=False)
        unread["facts"] = [{"kind": "unread_check", "value": None, "unknown": "not read"}]
        self.assertEqual(compared(module(), unread, "win_amd64")[0], "unknown")
        self.assertEqual(compared(module(), module(verdict="unknown"), "win_amd64")[0], "unknown")
        self.assertEqual(compared(module(), module(generator="unknown"), "win_amd64")[0], "unknown")

    def test_code_that_nothing_calls(self):
        here = module()
        for fact in here["facts"][:2]:
            fact["reach"] = "never"
        here["facts"].append({"kind": "import_reach", "value": "never", "table": "multiarray"})
        there = module(uses_numpy=False)
        there["facts"] = []
        self.assertEqual(compared(there, here, "win_amd64"), ("explained", {comparison.UNUSED_CODE}))


class WholeRuns(unittest.TestCase):
    def run_with(self, reports, *options):
        """The script over wheels of empty modules and a program that prints `reports`: wheel -> its modules."""
        with tempfile.TemporaryDirectory() as folder:
            for name, modules in reports.items():
                with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
                    for found in modules:
                        wheel.writestr(found["path"], b"")
            files = [{"path": os.path.join(folder, name), "modules": modules} for name, modules in reports.items()]
            program = pathlib.Path(folder, "program")
            program.write_text(f"#!{sys.executable}\nprint({json.dumps({'files': files})!r})\n")
            program.chmod(0o755)
            done = subprocess.run([sys.executable, ROOT / "scripts" / "compare_platforms.py", "--abicheck", program, folder, *options],
                                  capture_output=True, text=True)
            return done.returncode, done.stdout, done.stderr

    def test_exit_status_and_counts(self):
        windows = "demo-1.0-cp39-cp39-win_amd64.whl"
        here = module(path="demo/_core.cp39-win_amd64.pyd")
        status, text, _ = self.run_with({X86_64: [module()], windows: [here]})
        self.assertEqual((status, text.splitlines()[1].split()), (0, ["win_amd64", "1", "1", "0", "0", "0", "0"]))
        here["facts"][1]["value"] = "0x0000000c"
        status, text, _ = self.run_with({X86_64: [module()], windows: [here]})
        self.assertEqual(status, 1)
        self.assertIn("api_version: 0x0000000d | 0x0000000c", text)
        status, text, _ = self.run_with({X86_64: [module()], windows: [here]}, "--json")
        self.assertEqual((status, json.loads(text)["outcomes"]), (1, {"win_amd64": {"different": 1}}))

    def test_modules_of_one_side_only(self):
        status, text, _ = self.run_with({X86_64: [module()], "demo-1.0-cp39-cp39-win32.whl": []})
        self.assertEqual((status, text.splitlines()[1].split()[-1]), (0, "1"))

    def test_nothing_to_compare(self):
        status, _, errors = self.run_with({"demo-1.0-cp39-cp39-win32.whl": []})
        self.assertEqual(status, 3)
        self.assertIn("no linux_x86_64 build", errors)


if __name__ == "__main__":
    unittest.main()
