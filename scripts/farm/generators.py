"""Modules that other tools write: their releases come from the package index, once, into the cache."""
import dataclasses
import os
import re
import shutil
import sys
import threading

from . import SOURCES, run

LOCK = threading.Lock()


@dataclasses.dataclass(frozen=True)
class Generated:
    files: list  # (path, extra defines)
    flags: list
    checks: list = dataclasses.field(default_factory=list)  # Cython's size checks: [type, C expression, mode]


def generated(source, headers, store, module):
    """The C of a source that a tool makes, for these headers."""
    tool, version = source.tool
    with LOCK:
        folder = installed(store.cache, tool, version) if tool != "f2py" else None
        return MAKERS[tool](source, headers, store, folder, module)


def installed(cache, package, version):
    folder = cache / "tools" / f"{package}-{version}"
    if not folder.exists():
        partial = folder.with_name(f"{folder.name}.{os.getpid()}")
        run([sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "--target", partial, f"{package}=={version}"])
        partial.rename(folder)
    return folder


def from_cython(source, headers, store, tool, module):
    file, _ = source.files[0]
    declarations = store.declarations(headers.minor)
    folder = store.cache / "generated" / f"cython-{source.tool[1]}-{headers.release}"
    path = folder / file.replace(".pyx", ".c")
    if not path.exists() or path.stat().st_mtime < (SOURCES / file).stat().st_mtime:
        folder.mkdir(parents=True, exist_ok=True)
        name = "farm_" + path.stem
        run([sys.executable, "-m", "cython", "-3", "--module-name", name, "-I", declarations, file, "-o", path],
            env={**os.environ, "PYTHONPATH": str(tool)}, cwd=SOURCES)  # Cython writes the path that it is given into the module
    text = path.read_text()
    calls = re.findall(r'__Pyx_ImportType\w*\(\s*\w+,\s*"numpy",\s*"(\w+)",\s*(?:#if.*?#else\s*)?sizeof\((\w+)\),[^;]*?CheckSize_(Error|Warn|Ignore)', text, re.S)
    return Generated([(path, (f"-DPyInit_farm_{path.stem}=PyInit_{module}",))], [f"-I{SOURCES}"],
                     [["numpy." + name, expression, mode.lower()] for name, expression, mode in calls])


def from_pybind11(source, headers, store, tool, module):
    return Generated(list(source.files), ["-std=c++17", "-fvisibility=hidden", f"-I{tool / 'pybind11/include'}"])


def from_nanobind(source, headers, store, tool, module):
    package = tool / "nanobind"
    flags = ["-std=c++17", "-fvisibility=hidden", "-fno-strict-aliasing", "-DNDEBUG", f"-I{package / 'include'}", f"-I{package / 'ext/robin_map/include'}"]
    return Generated([*source.files, (package / "src/nb_combined.cpp", ())], flags)


def from_f2py(source, headers, store, _, module):
    """f2py is a part of NumPy, which must run here to write something."""
    numpy = store.unpacked(headers.minor)
    folder = store.cache / "generated" / f"f2py-{headers.release}"
    if not (folder / "farm_modulemodule.c").exists():
        partial = folder.with_name(f"{folder.name}.{os.getpid()}")
        partial.mkdir(parents=True)
        shutil.copy(SOURCES / "scale.pyf", partial)
        run([headers.python.path, "-c", "from numpy.f2py import main; main()", "--quiet", "scale.pyf"], env={**os.environ, "PYTHONPATH": str(numpy)}, cwd=partial)
        for name in ("fortranobject.c", "fortranobject.h"):
            shutil.copy(numpy / "numpy/f2py/src" / name, partial)
        partial.rename(folder)
    files = [(folder / "farm_modulemodule.c", (f"-DPyInit_farm_module=PyInit_{module}",)), (folder / "fortranobject.c", ()), *source.files]
    return Generated(files, [f"-I{folder}"])


MAKERS = {"cython": from_cython, "pybind11": from_pybind11, "nanobind": from_nanobind, "f2py": from_f2py}
