"""The checks of the sources must catch what they are there for: a folder that is made wrong in several ways."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

LAYERS = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "check_layers.py"
CONSTANTS = pathlib.Path(__file__).with_name("check_constants.py")


def run(script, files):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        done = subprocess.run([sys.executable, script, folder], capture_output=True, text=True)
        return done.returncode, done.stdout


class Layers(unittest.TestCase):
    def check(self, files):
        return run(LAYERS, files)

    def test_an_arrow_that_points_down_passes(self):
        self.assertEqual(self.check({"facts/a.cpp": '#include "model/a.h"\n#include <vector>\n'})[0], 0)

    def test_an_arrow_that_points_up_fails(self):
        status, text = self.check({"model/a.h": '#include "rules/a.h"\n'})
        self.assertEqual(status, 1)
        self.assertIn("model/ must not include rules/", text)

    def test_a_third_party_header_outside_its_folder_fails(self):
        self.assertEqual(self.check({"facts/a.cpp": "#include <LIEF/ELF.hpp>\n"})[0], 1)

    def test_a_third_party_header_in_a_header_fails(self):
        self.assertEqual(self.check({"image/a.h": "#include <LIEF/ELF.hpp>\n"})[0], 1)
        self.assertEqual(self.check({"image/a.cpp": "#include <LIEF/ELF.hpp>\n"})[0], 0)


class Constants(unittest.TestCase):
    def test_versions_of_numpy_in_the_code_fail(self):
        for line in ('if (abi >= 0x02000000) return;', 'constexpr std::uint32_t kOld = 0x1000009;', 'say("require numpy<2");',
                     'say("rebuild with NumPy 2.0 or newer");', 'say("compiled with NumPy 1.x headers");', 'minor("1.26");',
                     'say("numpy >= 1.16");', 'target = NPY_1_22_API_VERSION;', 'constexpr unsigned kApiSlot = 211;',
                     'say("a // b"); use(0x2000000);', 'if (api >= 0x12 && size == 88) return;', 'Version{2, 0}', 'kDtypeSize = 96;',
                     'say("NumPy" " 2.0");', 'say("numpy is >= 2.0");', 'use(0x0200\'0000U);', 'use(16777225);', 'Version(1, 26);',
                     'target = 0x0000000D;', 'if (0xd < feature) return;', 'say("NumPy"\n    " 2.0");', 'say("numpy2");'):
            with self.subTest(line=line):
                status, text = run(CONSTANTS, {"rules/a.cpp": "\n" + line + "\n"})
                self.assertEqual(status, 1)
                self.assertIn("a.cpp:2: ", text)

    def test_sizes_matter_where_they_are_judged_only(self):
        self.assertEqual(run(CONSTANTS, {"image/a.cpp": "constexpr int kHeader = 96;\n"})[0], 0)
        self.assertEqual(run(CONSTANTS, {"facts/a.cpp": "constexpr int kHeader = 96;\n"})[0], 1)

    def test_comments_and_other_versions_pass(self):
        for line in ('// NumPy 1.26 has 0x01000009', '/* numpy<2\n 2.0 */', 'say("rebuild with pybind11 2.12 or newer");',
                     'use(0x12);', 'constexpr int kHead = 16;', 'say("88 bytes");', 'PythonVersion{3, 9};', 'if (word == "numpy") return;',
                     'constexpr std::uint64_t kBeforeCall = 256;', 'say("rust-numpy 0.22");', 'say("numpy<" + release);', 'const char* where = "http://numpy.org";  // NumPy 2.0'):
            with self.subTest(line=line):
                self.assertEqual(run(CONSTANTS, {"rules/a.cpp": line + "\n"}), (0, "1 files, 0 problems\n"))


if __name__ == "__main__":
    unittest.main()
