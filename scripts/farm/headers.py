"""NumPy's and CPython's headers for a machine: of the newest release of each minor, adapted where they were made for another.

The slots are made visible for the truth alone: in a second copy of the headers every `PyArray_API[N]` is a symbol of its
own, so that an object compiled with it has an undefined symbol for each slot that its surviving code uses.
"""
import dataclasses
import functools
import pathlib
import re
import shutil
import subprocess
import threading

from abi_db_proof.database import Database, key
from abi_db_proof.foreign import ForeignHeaders
from abi_db_proof.numpys import fetch, include_of, platform_tags, pythons_here, unpacked

from . import ROOT, NotBuilt

OLDEST = (1, 7)
# Windows: Python.h declares imports from the Python DLL only when it is told of one.
SHARED = "\n#ifdef _WIN32\n#undef Py_ENABLE_SHARED\n#define Py_ENABLE_SHARED 1\n#define HAVE_DECLSPEC_DLL 1\n#endif\n"


@dataclasses.dataclass(frozen=True)
class Headers:
    minor: str
    release: str
    include: pathlib.Path
    python: object
    python_include: pathlib.Path

    def flags(self, slots=False):
        return [f"-I{slot_headers(self.include) if slots else self.include}", f"-I{self.python_include}"]

    @property
    def two(self):
        return key(self.minor) >= (2, 0)


class Store:
    """Headers in a cache folder."""

    def __init__(self, cache):
        self.cache, self.lock = cache, threading.Lock()
        self.database = Database(ROOT / "abi_db")
        self.pythons = [python for python in pythons_here([]) if python.include]
        self.entries = {entry["minor"]: entry["releases"][-1] for entry in self.database.minors if key(entry["minor"]) >= OLDEST}

    def minors(self):
        return list(self.entries)

    @functools.lru_cache(maxsize=None)
    def wheel(self, minor):
        """The newest wheel of a minor for this machine and Python 3."""
        entry, tags = self.entries[minor], platform_tags()
        chosen = [tag for tag, wheels in entry["wheels"].items() if re.fullmatch(r"cp3\d+", tag) and set(tags) & {t for w in wheels for t in w.split(".")}]
        # f2py has to run: rather a wheel for a Python that is here.
        here = {python.tag for python in self.pythons}
        tag = max(chosen, key=lambda it: (it in here, int(it[3:])))
        version = f"3.{tag[3:]}"
        found = fetch(entry["version"], version, [tag + "m" * (key(version) < (3, 8))], tags, self.cache / "wheels")
        if found is None:
            raise NotBuilt(f"no wheel of NumPy {entry['version']} for {tag}")
        return found

    def unpacked(self, minor, pattern="", name="numpy"):
        """A folder with the members of that wheel which match."""
        folder = self.cache / name / self.entries[minor]["version"]
        if not folder.exists():
            partial = folder.with_name(folder.name + ".partial")
            unpacked(self.wheel(minor), partial, pattern)
            partial.mkdir(parents=True, exist_ok=True)
            partial.rename(folder)
        return folder

    def runtime_sizes(self, minor, model):
        """{type: tp_basicsize} under the newest release of a minor, as prove_abi_db.py finds it by running."""
        sizes = self.database.facts(self.entries[minor]["version"])["runtime_sizes"]
        return {name: models[model] for name, models in sizes.items() if model in models}

    def declarations(self, minor):
        """What Cython needs of NumPy."""
        return self.unpacked(minor, r"numpy/__init__.*\.pxd", "pxd")

    @functools.lru_cache(maxsize=None)
    def native(self, minor):
        """(include folder of the newest wheel of this minor, the newest Python here that it was made for and compiles with)."""
        include = include_of(self.unpacked(minor, r"numpy/_?core/include/.*", "headers"))
        return include, self.python_for(minor, include)

    def python_for(self, minor, include):
        newest = max((key(p) for p in self.entries[minor]["python"]), default=(3, 6))
        chosen = [p for p in self.pythons if p.version[0] == "3" and key(p.version) <= newest] + [p for p in reversed(self.pythons) if p.version[0] == "3"]
        text = "#include <Python.h>\n#include <numpy/arrayobject.h>\n#include <numpy/ufuncobject.h>\nint it(void) { return _import_array() + _import_umath(); }\n"
        for python in chosen:
            done = subprocess.run(["gcc", "-fsyntax-only", "-w", f"-I{include}", f"-I{python.include}", "-x", "c", "-"], input=text, capture_output=True, text=True)
            if done.returncode == 0:
                return python
        raise NotBuilt(f"no Python here has headers that NumPy {minor} compiles with")

    def headers(self, minor, machine):
        with self.lock:
            return self._headers(minor, machine)

    @functools.lru_cache(maxsize=None)
    def _headers(self, minor, machine):
        include, python = self.native(minor)
        if machine.headers == "native":
            slot_headers(include)
            return Headers(minor, self.entries[minor]["version"], include, python, pathlib.Path(python.include))
        kind = "bare" if machine.bare else machine.format
        folder = self.cache / "foreign" / f"{self.entries[minor]['version']}-{python.abi}-{kind}"
        if not folder.exists():
            adapt(include, python, folder, machine)
        slot_headers(folder / "include")
        return Headers(minor, self.entries[minor]["version"], folder / "include", python, folder / "python")


def adapt(include, python, folder, machine):
    made = ForeignHeaders(include, python.include, False)
    config = pathlib.Path(made.folder.name) / "python" / "pyconfig.h"
    text = config.read_text()
    if machine.bare:
        text += "\n#undef HAVE_STD_ATOMIC\n#undef HAVE_BUILTIN_ATOMIC\n#define HAVE_BUILTIN_ATOMIC 1\n"
    config.write_text(text + SHARED)
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(made.folder.name, partial, symlinks=True)
    partial.rename(folder)


SLOT = re.compile(r"\bPy(Array|UFunc)_API\s*\[(\d+)\]|\(Py(Array|UFunc)_API \+ (\d+)\)\[(\d+)\]")


@functools.lru_cache(maxsize=None)
def slot_headers(include):
    """The second copy of the headers."""
    folder = include.with_name("include-slots")
    if not folder.exists():
        partial = folder.with_name("include-slots.partial")
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(include, partial)
        for path in (partial / "numpy").glob("*.h"):
            text = path.read_text(errors="replace")
            changed = SLOT.sub(lambda m: f"FARM_{m[1] or m[3]}_SLOT({int(m[2] or m[4]) + int(m[5] or 0)})", text)
            if changed != text:
                path.write_text(in_template(changed))
        # One for each: two includes in one file must not declare anything twice.
        declared = "".join(f"extern void *farm_{use}_{table}_{n};\n" for table in ("Array", "UFunc") for use in ("uses", "import") for n in range(400))
        (partial / "numpy" / "farm_slots.h").write_text(
            "#pragma once\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n" + declared + "#ifdef __cplusplus\n}\n#endif\n"
            "#define FARM_Array_SLOT(n) farm_uses_Array_##n\n#define FARM_UFunc_SLOT(n) farm_uses_UFunc_##n\n")
        partial.rename(folder)
    return folder


@functools.lru_cache(maxsize=None)
def slot_names(include):
    """{table: {slot: name}}, as the macros of the headers say."""
    found = {"multiarray": {}, "umath": {}}
    for path in (include / "numpy").glob("*.h"):
        text = path.read_text(errors="replace").replace("\\\n", " ")
        for name, value in re.findall(r"^#define (\w+)\s+(\(\*.*)$", text, re.M):
            if match := SLOT.search(value):
                found["multiarray" if (match[1] or match[3]) == "Array" else "umath"].setdefault(int(match[2] or match[4]) + int(match[5] or 0), name)
    return found


def in_template(text):
    """Slots that _import_array() and _import_umath() themselves use are told apart: an import_ symbol instead of uses_."""
    text = '#include "farm_slots.h"\n' + text
    start = re.search(r"^(static|NPY_NO_EXPORT|static inline)?\s*int\s*\n_import_(array|umath)\(void\)\n\{", text, re.M)
    if start is None:
        return text
    end = text.index("\n}\n", start.end()) + 3
    switch = lambda use: "".join(f"#undef FARM_{t}_SLOT\n#define FARM_{t}_SLOT(n) farm_{use}_{t}_##n\n" for t in ("Array", "UFunc"))
    return text[: start.start()] + "\n" + switch("import") + text[start.start(): end] + switch("uses") + text[end:]
