"""The proof of the generated headers (scripts/prove_declarations.py) on two releases, and on headers that are wrong on purpose.

Exit status 77 when there is no clang or Python.h, or no wheel could be fetched.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ["ABICHECK_HEADERS"]

sys.path.insert(0, str(ROOT / "scripts"))
from user_cache import CACHE  # noqa: E402

# In the headers of 2.2.6: what stands there, what is put in its place, and where it shows.
MISTAKES = (
    ("numpy/ndarraytypes.h", "static inline int PyArray_NDIM(const PyArrayObject * arr)", "static inline int PyArray_NDIM(PyArrayObject * arr)", "syntax tree"),
    ("numpy/numpyconfig.h", "#define NPY_1_23_API_VERSION 0x00000010", "#define NPY_1_23_API_VERSION 0x00000011", "macros"),
    ("numpy/ndarraytypes.h", "NPY_VSTRING = 2056,", "NPY_VSTRING = 2057,", "syntax tree"),
    ("numpy/halffloat.h", "#define NPY_HALF_PZERO (0x0000u)", "", "macros"),
    ("numpy/halffloat.h", "#include <numpy/npy_math.h>", "#include <numpy/npy_maths.h>", "diagnostics"),
)


def prove(*arguments, program=PROGRAM):
    command = [sys.executable, ROOT / "scripts/prove_declarations.py", "--quick", "--cache", CACHE / "wheels", "--program", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True)


class Headers(unittest.TestCase):
    def test_they_are_as_numpys_own(self):
        for line in PROOF.stdout.splitlines()[:2]:
            self.assertRegex(line, r"^NumPy [\d.]+: the same in \d{4,} comparisons$")
        self.assertEqual((PROOF.returncode, PROOF.stderr), (0, ""))

    def test_mistakes_are_found(self):
        with tempfile.TemporaryDirectory(prefix="abicheck-") as folder:
            for number, (header, right, wrong, where) in enumerate(MISTAKES):
                program = pathlib.Path(folder, f"mistake{number}")
                program.write_text(f"""#!{sys.executable}
import pathlib, subprocess, sys
subprocess.run([{PROGRAM!r}, *sys.argv[1:]], check=True)
header = pathlib.Path(sys.argv[2], {header!r})
text = header.read_text()
assert {right!r} in text
header.write_text(text.replace({right!r}, {wrong!r}, 1))
""")
                program.chmod(0o755)
                done = prove("2.2.6", program=program)
                with self.subTest(wrong=wrong):
                    self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                    self.assertIn(where, done.stdout)


if __name__ == "__main__":
    PROOF = prove("1.19.5", "2.2.6")
    if PROOF.returncode == 77:
        print(PROOF.stderr, end="")
        sys.exit(77)
    unittest.main()
