"""The scan of sources and that of the wheel made of them say the same: of a module that is compiled here with the headers of several
NumPys, and of three small packages that publish both (fetched once; left out where they cannot be had)."""
import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import unittest
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "scripts"))
import compare_sources  # noqa: E402
import fetch_sdists  # noqa: E402
import fetch_wheels  # noqa: E402
from platform_tools import headers  # noqa: E402
from source_tools import agreement  # noqa: E402
from user_cache import CACHE  # noqa: E402

PROGRAM = os.environ.get("ABICHECK", str(ROOT / "build" / "release" / "abicheck"))
DATABASE = headers.Headers(ROOT / "abi_db")
PYTHON_HEADERS = pathlib.Path(sysconfig.get_paths()["include"])
COMPILER = shutil.which("cc")


@unittest.skipUnless(COMPILER and (PYTHON_HEADERS / "Python.h").exists() and "ABICHECK_HEADERS" in os.environ, "no compiler or no Python.h")
class CompiledHere(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def compare(self, release, python, *options):
        include = self.folder / release
        subprocess.run([os.environ["ABICHECK_HEADERS"], release, include], check=True)
        module = self.folder / "agreement.so"
        subprocess.run([COMPILER, "-shared", "-fPIC", "-O2", "-DNDEBUG", "-fvisibility=hidden", "-w", *options, f"-I{include}", f"-I{PYTHON_HEADERS}",
                        *(HERE / "agreement/src").glob("*.c"), "-o", module], check=True)
        wheel = self.folder / f"agreement-1-{python}-{python}-linux_x86_64.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.write(module, "agreement.so")
        sdist = self.folder / "agreement-1.tar.gz"
        with tarfile.open(sdist, "w:gz") as archive:
            archive.add(HERE / "agreement", "agreement-1")
        numpys, results = compare_sources.compare(PROGRAM, DATABASE, str(sdist), str(wheel))
        self.assertEqual(len(results), 1)
        return numpys, results[0]

    def test_same_headers(self):
        for release, python, outcome in (("1.19.5", "cp38", "same"), ("1.22.4", "cp310", "explained"), ("1.26.4", "cp311", "same"), ("2.0.2", "cp312", "same")):
            with self.subTest(numpy=release):
                _, result = self.compare(release, python)
                self.assertEqual(result.outcome, outcome, result)
                self.assertEqual([difference.reason for difference in result.differences], [agreement.ASKED] * (outcome == "explained"))

    def test_another_use(self):
        _, result = self.compare("1.26.4", "cp311", "-DMORE")
        self.assertEqual(result.outcome, "different", result)
        self.assertIn("PyArray_Zero", result.differences[0].wheel)

    def test_another_target(self):
        _, result = self.compare("1.26.4", "cp311", "-DNPY_TARGET_VERSION=NPY_1_23_API_VERSION")
        self.assertEqual(result.outcome, "different", result)
        self.assertIn("target", [difference.what for difference in result.differences])


class Published(unittest.TestCase):
    def test_three_packages(self):
        folder = CACHE / "agreement"
        folder.mkdir(parents=True, exist_ok=True)
        for line in (HERE / "agreement.tsv").read_text().splitlines():
            if line.startswith("#"):
                continue
            name, version, sdist, sdist_digest, wheel, wheel_digest = line.split("\t")
            with self.subTest(package=name):
                problem = fetch_sdists.fetch(name, version, sdist, sdist_digest, folder) or fetch_wheels.fetch(name, version, wheel, wheel_digest, folder)
                if problem:
                    self.skipTest(problem)
                _, results = compare_sources.compare(PROGRAM, DATABASE, str(folder / sdist), str(folder / wheel))
                self.assertEqual([result.outcome for result in results], ["same"], results)


if __name__ == "__main__":
    if not pathlib.Path(PROGRAM).with_name("abicheck-sources").exists():
        print("this build has no source scanner")
        sys.exit(77)
    unittest.main()
