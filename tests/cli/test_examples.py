"""Every pair of examples/wheels.tsv is what it says: a release that fails on NumPy 2.0, and its successor that works."""
import unittest

from program import EXAMPLES, ROOT, report


class Examples(unittest.TestCase):
    def test_pairs(self):
        lines = [line.split("\t") for line in (ROOT / "examples" / "wheels.tsv").read_text().splitlines() if not line.startswith("#")]
        self.assertGreaterEqual(len(lines), 6)
        for fails, works in zip(lines[::2], lines[1::2]):
            with self.subTest(name=fails[0]):
                self.assertEqual(report(EXAMPLES / fails[2], "--numpy", "2.0")[0], 1)
                self.assertEqual(report(EXAMPLES / works[2], "--numpy", "2.0")[0], 0)


if __name__ == "__main__":
    unittest.main()
