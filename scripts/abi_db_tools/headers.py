"""NumPy's headers as a compiler sees them, for any data model and target: libclang parses, nothing is compiled or run.

The C library and CPython are the few declarations in include/, whose sizes are the compiler's own, so that one machine can
ask for all data models. Values that the build of NumPy wrote into _numpyconfig.h for its own platform are replaced by the
compiler's macros for the same thing.
"""
import dataclasses
import functools
import pathlib
import re

from clang import cindex

from . import Changed
from .artefacts import digest

STUBS = pathlib.Path(__file__).parent / "include"

# Data model: (clang's target, macros).
MODELS = {
    "lp64": ("x86_64-linux-gnu", ()),
    "llp64": ("x86_64-pc-windows-msvc", ()),
    "ilp32": ("i686-linux-gnu", ()),
    "ilp32_aligned": ("i686-pc-windows-msvc", ()),
}
MODELS["ilp32_aligned_315"] = (MODELS["ilp32_aligned"][0], ("-DABICHECK_PYTHON_315",))
MODELS.update({name + "t": (triple, (*macros, "-DABICHECK_FREE_THREADED")) for name, (triple, macros) in MODELS.items()})
BASE_MODELS = ("ilp32", "ilp32_aligned", "llp64", "lp64")

# What the build of NumPy measured on its platform, in the compiler's words.
PLATFORM_VALUES = {
    "SHORT": "__SIZEOF_SHORT__", "INT": "__SIZEOF_INT__", "LONG": "__SIZEOF_LONG__", "FLOAT": "__SIZEOF_FLOAT__",
    "DOUBLE": "__SIZEOF_DOUBLE__", "LONGDOUBLE": "__SIZEOF_LONG_DOUBLE__", "COMPLEX_FLOAT": "(2 * __SIZEOF_FLOAT__)",
    "COMPLEX_DOUBLE": "(2 * __SIZEOF_DOUBLE__)", "COMPLEX_LONGDOUBLE": "(2 * __SIZEOF_LONG_DOUBLE__)",
    "PY_INTPTR_T": "__SIZEOF_POINTER__", "INTP": "__SIZEOF_POINTER__", "UINTP": "__SIZEOF_POINTER__",
    "PY_LONG_LONG": "__SIZEOF_LONG_LONG__", "LONGLONG": "__SIZEOF_LONG_LONG__", "WCHAR_T": "__SIZEOF_WCHAR_T__",
}

# Headers in the order in which they may all stand in one file: those that define everyday words come last.
FIRST = ("numpy/arrayobject.h", "numpy/ndarrayobject.h", "numpy/ufuncobject.h")
LAST = ("numpy/npy_3kcompat.h", "numpy/old_defines.h", "numpy/oldnumeric.h", "numpy/noprefix.h")
AFTER = "/after.h"
PARSE = cindex.TranslationUnit.PARSE_SKIP_FUNCTION_BODIES


@dataclasses.dataclass(frozen=True)
class Setting:
    """What a user may choose when compiling."""

    model: str = "lp64"
    target: int | None = None  # NPY_TARGET_VERSION
    no_deprecated_api: bool = False
    cplusplus: bool = False
    internal: bool = False  # as NumPy compiles itself
    macros: tuple = ()

    def arguments(self):
        triple, macros = MODELS[self.model]
        arguments = ["-target", triple, "-nostdinc", "-isystem", str(STUBS), "-ferror-limit=0", *macros, *self.macros]
        arguments += ["-x", "c++", "-std=gnu++98"] if self.cplusplus else ["-x", "c", "-std=gnu11"]
        if self.target is not None:
            arguments.append(f"-DNPY_TARGET_VERSION={self.target:#x}")
        if self.no_deprecated_api:
            arguments.append("-DNPY_NO_DEPRECATED_API=NPY_API_VERSION")
        if self.internal:
            arguments += ["-DNPY_INTERNAL_BUILD=1"]
        return arguments


@functools.lru_cache(maxsize=None)
def index():
    return cindex.Index.create()


class Headers:
    """The include folder of one release: {"numpy/arrayobject.h": text}."""

    def __init__(self, release, files):
        self.release = release
        self.digest = digest(b"".join(f"{name}\0".encode() + files[name] + b"\0" for name in sorted(files)))
        self.texts = {name: data.decode("latin-1") for name, data in files.items() if name.endswith((".h", ".inc"))}
        self._neutralise()

    def _neutralise(self):
        name = "numpy/_numpyconfig.h" if "numpy/_numpyconfig.h" in self.texts else "numpy/numpyconfig.h"
        define = re.compile(r"(#define NPY_SIZEOF_(\w+)) .*")
        self.texts[name] = define.sub(lambda m: f"{m[1]} {PLATFORM_VALUES.get(m[2], m[0].split()[-1])}", self.texts[name])

    @property
    def public(self):
        """Headers that a user may include, in an order that works."""
        names = [n for n in self.texts if not pathlib.PurePath(n).name.startswith("_")]
        middle = sorted(set(names) - set(FIRST) - set(LAST))
        return [n for n in FIRST if n in names] + middle + [n for n in LAST if n in names]

    def parse(self, setting, includes, body="", details=False, after=None):
        """The unit that includes these headers, then has `body`, then includes a file AFTER with the text `after`."""
        lines = ["#include <Python.h>", *(f'#include "{name}"' for name in includes), body]
        files = [(f"/include/{name}", text) for name, text in self.texts.items()]
        if after is not None:
            lines.append(f'#include "{AFTER}"')
            files.append((AFTER, after))
        source = "probe.cpp" if setting.cplusplus else "probe.c"
        options = PARSE | (cindex.TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD if details else 0)
        unit = index().parse(source, args=setting.arguments() + ["-I", "/include"],
                             unsaved_files=[(source, "\n".join(lines) + "\n"), *files], options=options)
        return unit

    def checked(self, setting, includes, body="", details=False):
        """parse() of what must not have errors."""
        unit = self.parse(setting, includes, body, details)
        errors = [d for d in unit.diagnostics if d.severity >= cindex.Diagnostic.Error]
        if errors:
            raise Changed(f"the headers of NumPy {self.release} do not parse: {errors[0]}")
        return unit

    def values(self, expressions, setting=Setting(), includes=FIRST[1:]):
        """{name: value} of constant expressions {name: C text}."""
        constants = "".join(f"  abicheck_{i} = (long long)({text}),\n" for i, text in enumerate(expressions.values()))
        unit = self.checked(setting, includes, "enum abicheck {\n" + constants + "};")
        enum = [c for c in unit.cursor.get_children() if c.spelling == "abicheck"][-1]
        return dict(zip(expressions, (constant.enum_value for constant in enum.get_children())))

    def text_of(self, macro, setting=Setting()):
        """The string that a macro expands to; None when it is not defined."""
        unit = self.checked(setting, FIRST[1:], f"#ifdef {macro}\nconst char abicheck[] = {macro};\n#endif")
        for cursor in unit.cursor.get_children():
            if cursor.spelling == "abicheck":
                literal = next(c for c in cursor.walk_preorder() if c.kind == cindex.CursorKind.STRING_LITERAL)
                return literal.spelling.strip('"')
        return None

    def diagnostics(self, setting):
        """(kind, text) of the diagnostics that the headers themselves write with #error and #warning."""
        unit = self.parse(setting, FIRST[1:])
        kinds = {cindex.Diagnostic.Error: "error", cindex.Diagnostic.Fatal: "error", cindex.Diagnostic.Warning: "warning"}
        for found in unit.diagnostics:
            text = re.sub(r'"\s*"', "", found.spelling).strip().strip('"')
            if "deprecated NumPy API" not in text:
                yield kinds[found.severity], text


def struct_of(unit, name):
    """The struct behind a typedef or tag `name` of a translation unit; None when there is none, or only a forward declaration."""
    for cursor in unit.cursor.get_children():
        if cursor.spelling == name and cursor.kind in (cindex.CursorKind.TYPEDEF_DECL, cindex.CursorKind.STRUCT_DECL):
            declared = cursor.type.get_canonical().get_declaration()
            if declared.is_definition() or declared.get_definition():
                return cursor.type.get_canonical()
    return None


def layout_of(struct):
    """{member: (offset, size)} in bytes, the object header left out; a flexible array has size 0."""
    members = {}
    for field in struct.get_fields():
        if re.fullmatch(r"\w+", field.spelling) and field.spelling != "ob_base":
            members[field.spelling] = (field.get_field_offsetof() // 8, max(field.type.get_size(), 0))
    return members
