"""The layer check must catch what it is there for: a folder that is made wrong in three ways."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "check_layers.py"


class Layers(unittest.TestCase):
    def check(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = pathlib.Path(folder, name)
                path.parent.mkdir(exist_ok=True)
                path.write_text(text)
            done = subprocess.run([sys.executable, CHECK, folder], capture_output=True, text=True)
            return done.returncode, done.stdout

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


if __name__ == "__main__":
    unittest.main()
