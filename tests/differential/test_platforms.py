"""One release's builds for all platforms: each must have the facts and verdicts of the Linux x86-64 build, or a difference
that its platform explains. The wheels of platforms.tsv are compared by scripts/compare_platforms.py."""
import json
import subprocess
import sys
import unittest

from corpus import HERE, ROOT, WHEELS, fetch
from program import PROGRAM


class Platforms(unittest.TestCase):
    def test_builds_of_one_release_agree(self):
        fetch("platforms.tsv")
        lines = [line.split("\t") for line in (HERE / "platforms.tsv").read_text().splitlines() if not line.startswith("#")]
        done = subprocess.run([sys.executable, ROOT / "scripts" / "compare_platforms.py", "--abicheck", PROGRAM, "--json",
                               *[WHEELS / line[2] for line in lines]], capture_output=True, text=True)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        found = json.loads(done.stdout)
        self.assertEqual(set(found["outcomes"]), {line[4] for line in lines} - {"linux_x86_64"})
        for result in found["comparisons"]:
            with self.subTest(wheel=result["here"], module=result["module"]):
                self.assertIn(result["outcome"], ("same", "explained"), json.dumps(result, indent=1))
        print(f"{len(found['comparisons'])} modules; " + ", ".join(f"{name}: {sum(counts.values())}" for name, counts in found["outcomes"].items()))


if __name__ == "__main__":
    unittest.main()
