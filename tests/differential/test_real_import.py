"""Real imports made on the spot: every Python at hand loads modules of the pinned wheels under real NumPys, and the
static verdict, the exception's type and its text must be the same. Exit status 77 when no Python fits a wheel."""
import json
import shutil
import subprocess
import sys
import unittest
import zipfile

from corpus import CACHE, WHEELS, fetch, predicted, recorded, report

# NumPys on both sides of the break, of which each Python gets those that exist for it.
NUMPYS = {"3.9": ["1.26.4", "2.0.2"], "3.10": ["1.26.4", "2.0.2"], "3.11": ["1.26.4", "2.3.5"], "3.12": ["1.26.4", "2.3.5"], "3.13": ["2.3.5"]}

LOAD = r"""
import importlib.machinery, importlib.util, json, sys, types
path, name = sys.argv[1:3]
import numpy
parents = name.split(".")[:-1]
for i in range(len(parents)):
    package = types.ModuleType(".".join(parents[: i + 1]))
    package.__path__ = []
    sys.modules[package.__name__] = package
try:
    loader = importlib.machinery.ExtensionFileLoader(name, path)
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    print(json.dumps(None))
except BaseException as error:
    print(json.dumps(type(error).__name__ + ": " + str(error)))
"""


def python_for(version):
    """A python3.X that really runs; pyenv's shims answer for versions that are not active."""
    import os
    import pathlib

    candidates = [shutil.which("python" + version)] + sorted(map(str, pathlib.Path(os.path.expanduser("~/.pyenv/versions")).glob(version + ".*/bin/python")))
    for candidate in candidates:
        if candidate and subprocess.run([candidate, "-c", "pass"], capture_output=True).returncode == 0:
            return candidate
    return None


def unpacked_numpy(version, python):
    folder = CACHE / "numpy" / f"{version}-cp{python.replace('.', '')}"
    if not folder.exists():
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:",
                        "-d", str(partial), "--python-version", python, "--implementation", "cp", "--abi", "cp" + python.replace(".", ""),
                        "--platform", "manylinux2014_x86_64", "--platform", "manylinux_2_17_x86_64", "--platform", "manylinux_2_27_x86_64",
                        "--platform", "manylinux_2_28_x86_64", f"numpy=={version}"], check=True)
        with zipfile.ZipFile(next(partial.glob("*.whl"))) as wheel:
            wheel.extractall(partial)
        partial.rename(folder)
    return folder


class RealImport(unittest.TestCase):
    def check_wheel(self, wheel, python, version, counts):
        unpacked = CACHE / "unpacked" / wheel
        with zipfile.ZipFile(WHEELS / wheel) as archive:
            archive.extractall(unpacked)
        for numpy in NUMPYS[version]:
            found = report(WHEELS / wheel, "--numpy", numpy)[1]
            for module in found["files"][0]["modules"]:
                if not module["python_module"]:
                    continue
                name = module["path"].split(".")[0].replace("/", ".")
                folder = unpacked_numpy(numpy, version)
                done = subprocess.run([python, "-c", LOAD, str(unpacked / module["path"]), name], capture_output=True, text=True, timeout=120,
                                      env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"})
                with self.subTest(wheel=wheel, module=module["path"], numpy=numpy):
                    if done.returncode != 0:
                        self.fail(f"the process died with {done.returncode}")
                    real = json.loads(done.stdout.splitlines()[-1])
                    if real and "No module named" in real and "numpy" not in real:
                        continue  # another package is missing here, which says nothing of NumPy
                    answer, texts = predicted(module, numpy)
                    self.assertEqual(answer, "fail" if real else "ok", real)
                    if real:
                        self.assertIn(real.rstrip(), texts)
                    counts[answer] = counts.get(answer, 0) + 1

    def test_the_verdict_is_what_really_happens(self):
        fetch()
        counts = {}
        for version in NUMPYS:
            python = python_for(version)
            if python is None:
                print(f"no Python {version} here", file=sys.stderr)
                continue
            tag = "-cp" + version.replace(".", "") + "-"
            for entry in recorded():
                if tag in entry["wheel"]:
                    self.check_wheel(entry["wheel"], python, version, counts)
        print(counts)
        if not counts:
            print("NO REAL IMPORT WAS MADE: none of the Pythons of the pinned wheels is on this machine", file=sys.stderr)
            sys.exit(77)
        self.assertTrue(counts.get("ok") and counts.get("fail"), counts)


if __name__ == "__main__":
    unittest.main()
