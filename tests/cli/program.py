"""Runs the built program for the tests of this folder, and makes small wheels for it."""
import json
import os
import pathlib
import subprocess
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("ABICHECK", str(ROOT / "build" / "release" / "abicheck"))
DATABASE = pathlib.Path(os.environ.get("ABICHECK_DATABASE", ROOT / "abi_db"))  # what is compiled in
EXAMPLES = ROOT / "examples" / "wheels"


def run(*arguments, stdin=None, env=None, cwd=None):
    environment = {**os.environ, "PYTHONUTF8": "1", **(env or {})}
    return subprocess.run([PROGRAM, *map(str, arguments)], input=stdin, capture_output=True, text=True, errors="replace", timeout=120,
                          env=environment, cwd=cwd)


def report(*arguments, **more):
    done = run(*arguments, "--format", "json", **more)
    return done.returncode, json.loads(done.stdout)


def make_wheel(path, members, metadata="Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"):
    """A wheel of `members`, name -> bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content in members.items():
            wheel.writestr(name, content)
        if metadata is not None:
            wheel.writestr("demo-1.0.dist-info/METADATA", metadata)
    return path


def member_of_example(wheel, suffix=".so"):
    """Name and bytes of a real extension module."""
    with zipfile.ZipFile(next(EXAMPLES.glob(wheel))) as archive:
        name = next(n for n in archive.namelist() if n.endswith(suffix))
        return name, archive.read(name)
