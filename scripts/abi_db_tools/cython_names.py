"""What the Cython declarations that NumPy installs (its .pxd) name, as Cython itself reads them: since when, until when.

There are two files. Cython 3 takes numpy/__init__.cython-30.pxd where it is, everything older numpy/__init__.pxd.
"""
import functools
import pathlib
import re
import tempfile

from . import Changed
from .declarations import turning_points

FILES = {"classic": ("numpy/__init__.pxd",), "cython3": ("numpy/__init__.cython-30.pxd", "numpy/__init__.pxd")}
# What in a file tells the Cython that can read it. "noexcept" came with Cython 0.29.31; the other is NumPy's own way to refuse.
NOEXCEPT = ("0.29.31", re.compile(r"\bnoexcept\b"))
REFUSAL = re.compile(r"^DEF err = int\('[^']*require Cython (\d+\.\d+\.\d+) or newer", re.M)
# Variables that import_array() and import_umath() fill.
ROOTS = {"array_api": ("PyArray_API", "PyArray_RUNTIME_VERSION"), "ufunc_api": ("PyUFunc_API",)}
WORD = re.compile(r"[A-Za-z_]\w*")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)((?:\\\n|.)*)", re.M)
FUNCTION = re.compile(r"^(?:[\w*]+[ \t\n]+)*\*?(\w+)[ \t\n]*\([^;{}()]*(?:\([^()]*\)[^;{}()]*)*\)\s*\{", re.M)
INLINE = re.compile(r"^cdef inline [^\n(]*?(\w+)\([^)]*\)[^\n]*:\n((?:[ ]+[^\n]*\n|\s*\n)+)", re.M)


@functools.lru_cache(maxsize=None)
def scope_of(text):
    """The module scope that Cython makes of a .pxd of numpy."""
    from Cython.Compiler import Errors
    from Cython.Compiler.Main import CompilationOptions, Context, default_options

    with tempfile.TemporaryDirectory() as folder:
        package = pathlib.Path(folder) / "numpy"
        package.mkdir()
        (package / "__init__.py").write_text("")
        (package / "__init__.pxd").write_text(text)
        Errors.init_thread()
        context = Context.from_options(CompilationOptions(default_options, include_path=[folder], language_level=3))
        with Errors.local_errors() as errors:
            scope = context.find_module("numpy", need_pxd=1)
        return scope, [str(error) for error in errors]


def kind_of(entry):
    if entry.is_type:
        return "class" if entry.type.is_extension_type else "type"
    return "constant" if entry.is_const else "function" if entry.is_cfunction else "variable"


@functools.lru_cache(maxsize=None)
def declared(text):
    """((name, kind), ...) of one file; "dtype.itemsize" for what a class or structure holds."""
    scope, errors = scope_of(text)
    if errors:
        raise Changed(f"Cython does not read NumPy's declarations: {errors[0]}")
    found = {}
    for name, entry in scope.entries.items():
        if name.startswith("__"):
            continue
        found[name] = kind_of(entry)
        if entry.is_type and entry.type.is_complex:  # complex64_t has the parts that every complex number of Cython has
            found.update({f"{name}.real": "member", f"{name}.imag": "member"})
        inner = getattr(entry.type, "scope", None) if entry.is_type else None
        for member, each in (inner.entries if inner else {}).items():
            if not member.startswith("__"):
                found[f"{name}.{member}"] = "property" if each.is_property else "member"
    return tuple(sorted(found.items()))


def bodies(text):
    """(name, the text that stands for it) of macros and inline functions of a header."""
    text = COMMENT.sub(" ", text)
    yield from DEFINE.findall(text)
    for match in FUNCTION.finditer(text):
        depth, at = 1, match.end()
        while depth and at < len(text):
            depth += (text[at] == "{") - (text[at] == "}")
            at += 1
        yield match[1], text[match.end():at]


def reading_tables(texts, pxd):
    """{kind: names that read what import_array() or import_umath() fills, through macros and inline functions}.

    A name that is defined under several conditions reads it when all of its definitions do.
    """
    leads = {}
    for name, body in (*(pair for text in texts for pair in bodies(text)), *INLINE.findall(pxd)):
        leads.setdefault(name, []).append(set(WORD.findall(body)))
    found = {}
    for kind, roots in ROOTS.items():
        reached, grown = set(roots), True
        while grown:
            more = {name for name, each in leads.items() if name not in reached and all(words & reached for words in each)}
            grown = bool(more)
            reached |= more
        found[kind] = reached
    return found


def cython_in(wheel, headers):
    """{file: {name: kind}} and the oldest Cython that reads the classic file, of one release."""
    files = {key: next((n for n in names if n in wheel.names()), None) for key, names in FILES.items()}
    found, needs = {}, None
    for key, name in files.items():
        text = wheel.read(name).decode() if name else ""
        refusal = REFUSAL.search(text)
        if key == "classic":
            needs = refusal[1] if refusal else NOEXCEPT[0] if NOEXCEPT[1].search(text) else None
        tables = reading_tables(headers.texts.values(), text) if text else {}
        names = {} if refusal or not text else dict(declared(text))
        for each, kind in names.items():
            if kind == "function" and each not in ("import_array", "import_umath", "import_ufunc", "_import_array", "_import_umath"):
                names[each] = next((table for table, readers in tables.items() if each in readers), kind)
        found[key] = names
    return {"names": found, "needs": needs}


def cython_rows(per_release):
    """cython.json out of {release: cython_in()}, in order."""
    releases = list(per_release)
    result = {}
    for key in FILES:
        present = {}
        for release, found in per_release.items():
            for name, kind in found["names"][key].items():
                present.setdefault((name, kind), set()).add(release)
        result[key] = [[name, kind, *turning_points(there, releases)] for (name, kind), there in sorted(present.items())]
    needs, before = [], None
    for release, found in per_release.items():
        if found["needs"] != before:
            needs.append([found["needs"], release])
            before = found["needs"]
    return {"needs": needs, **result}
