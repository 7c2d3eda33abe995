"""CPythons of this machine, and wheels of NumPy for them."""
import dataclasses
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import zipfile

from .database import key


@dataclasses.dataclass(frozen=True)
class Python:
    path: str
    version: str  # 3.12
    abi: str  # cp312, cp27mu
    include: str  # the folder of its Python.h, empty when it has none

    @property
    def tag(self):
        return "cp" + self.version.replace(".", "")


ASK = """
import sys, sysconfig
v = sys.version_info
abi = "cp%d%d" % v[:2] + ("m" if v[:2] < (3, 8) else "") + ("u" if v[0] == 2 and sys.maxunicode > 0xffff else "")
assert not sysconfig.get_config_var("Py_GIL_DISABLED")
print("\\n".join(["%d.%d" % v[:2], abi, sysconfig.get_paths()["include"]]))
"""


def pythons_here(paths):
    """One CPython of each version that really runs, newest first; free-threaded ones are left out.

    pyenv's shims are on the path also for versions that are not active.
    """
    if not paths:
        paths = sorted(map(str, pathlib.Path("~/.pyenv/versions").expanduser().glob("*/bin/python")))
        paths += [f"python{major}.{minor}" for major, minors in ((3, range(4, 30)), (2, (6, 7))) for minor in minors]
    found = {}
    for path in paths:
        path = shutil.which(path)
        done = path and subprocess.run([path, "-c", ASK], capture_output=True, text=True)
        if done and done.returncode == 0:
            version, abi, include = done.stdout.splitlines()
            found.setdefault(abi, Python(path, version, abi, include if pathlib.Path(include, "Python.h").exists() else ""))
    return sorted(found.values(), key=lambda python: key(python.version), reverse=True)


def platform_tags():
    """Platforms whose wheels run here, as wheels name them."""
    machine = platform.machine()
    minor = int(os.confstr("CS_GNU_LIBC_VERSION").rpartition(".")[2])
    return [f"{name}_{machine}" for name in ("manylinux1", "manylinux2010", "manylinux2014", *(f"manylinux_2_{n}" for n in range(5, minor + 1)))]


class NotReached(Exception):
    """The index did not answer, so that nothing is known of what it has."""


def fetch(release, python_version, abis, platforms, folder):
    """The wheel in `folder`, from there or from pip's index; None when there is none."""
    def kept():
        tag = "cp" + python_version.replace(".", "")
        wheels = [path for path in folder.glob(f"numpy-{release}-*{tag}-*.whl") if any(f"-{abi}-" in path.name for abi in abis)]
        return next((path for path in wheels if any(tag in re.split(r"[-.]", path.name) for tag in platforms)), None)

    folder.mkdir(parents=True, exist_ok=True)
    if kept() is None:
        command = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps", "--no-cache-dir",
                   "--only-binary", ":all:", "-d", str(folder), "--python-version", python_version, "--implementation", "cp"]
        command += [word for abi in abis for word in ("--abi", abi)] + [word for tag in platforms for word in ("--platform", tag)]
        done = subprocess.run([*command, f"numpy=={release}"], capture_output=True, text=True)
        # Where the index answers, pip names the versions that it found there.
        if done.returncode and not re.search(r"from versions: \d", done.stderr):
            raise NotReached((done.stderr.strip().splitlines() or ["pip failed"])[-1])
    return kept()


def include_of(folder):
    return next(path for path in (folder / "numpy/_core/include", folder / "numpy/core/include") if (path / "numpy/arrayobject.h").exists())


def unpacked(wheel, folder, pattern=""):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder, [name for name in archive.namelist() if re.match(pattern, name)])
    return folder
