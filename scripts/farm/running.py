"""Is the truth true? Modules of this machine are imported by their Python under the NumPys that it has; abicheck has no part in it."""
import functools
import os
import subprocess

from abi_db_proof.numpys import fetch, platform_tags, unpacked

IMPORT = """
import sys
try:
    __import__(sys.argv[1])
except BaseException as problem:
    print(type(problem).__name__ + ": " + str(problem))
else:
    print("imported")
"""


class Runner:
    def __init__(self, store):
        self.store = store
        self.pythons = {python.version: python for python in store.pythons}

    @functools.lru_cache(maxsize=None)
    def numpy(self, minor, version):
        """The newest release of a minor for a Python, unpacked; None when there is none."""
        python, entry = self.pythons[version], self.store.entries[minor]
        if not set(platform_tags()) & {tag for wheel in entry["wheels"].get(python.tag, ()) for tag in wheel.split(".")}:
            return None
        folder = self.store.cache / "running" / f"{entry['version']}-{python.abi}"
        if not folder.exists():
            wheel = fetch(entry["version"], version, [python.abi], platform_tags(), self.store.cache / "wheels")
            unpacked(wheel, folder.with_suffix(".partial")).rename(folder)
        return folder

    def disagreements(self, path, truth):
        """Texts; and how many imports were made."""
        texts, count = [], 0
        for target, true in truth["errors"].items() if truth["machine"] == "x86_64" else ():
            numpy = self.numpy(target, truth["python"])
            if numpy is None:
                continue
            python = self.pythons[truth["python"]].path
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (path.parent, numpy)))}
            done = subprocess.run([python, "-c", IMPORT, truth["module"]], capture_output=True, text=True, env=environment)
            expected, count = f"{true['type']}: {true['message']}" if true else "imported", count + 1
            if done.stdout.rstrip("\n") != expected:
                texts.append(f"under NumPy {target} expected {expected!r}, got {done.stdout.strip()[:300]!r} (status {done.returncode})")
        return texts, count
