"""The tables behind PyArray_API and PyUFunc_API, as two artefacts state them: the generated headers of a wheel, and
code_generators/numpy_api.py of the source distribution."""
import ast
import re

from . import Changed

TABLES = {"multiarray": ("numpy/__multiarray_api.h", "PyArray_API"), "ufunc": ("numpy/__ufunc_api.h", "PyUFunc_API")}
DTYPES = "numpy/_public_dtype_api_table.h"

# #define NAME (*(TYPE)PyArray_API[N]) and #define NAME (*(TYPE)(PyArray_API + BASE)[N]); arrays without the first star.
DEFINE = r"#define (\w+)\s+\((\*?)\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)\s*(?:{0}|\({0} \+ (\d+)\))\[(\d+)\]\)"


def tidy(signature):
    """One spelling for what was typed in several: "PyObject *(*)(npy_intp *, void **)"."""
    text = re.sub(r"\s+", " ", re.sub(r"\s*NPY_UNUSED\(\w+\)", "", signature))
    text = re.sub(r"\s*(\*(?:\s*\*)*)\s*", lambda stars: " " + stars[1].replace(" ", ""), text)
    return re.sub(r"\( \*", "(*", text).strip()


def slots_in_headers(headers, table):
    """{index: (name, kind, signature)}."""
    file, variable = TABLES[table]
    text = headers.texts[file] + (headers.texts.get(DTYPES, "") if table == "multiarray" else "")
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S).replace("\\\n", " ")
    slots = {}
    for name, star, cast, base, index in re.findall(DEFINE.format(variable), text):
        index = int(index) + int(base or 0)
        signature = tidy(cast)
        if "(*)" in signature:
            kind = "function"
        else:
            signature = signature.removesuffix("*").strip() + ("" if star else " []")
            kind = "type" if signature in ("PyTypeObject", "PyArray_DTypeMeta") else "variable"
        if index in slots:
            raise Changed(f"slot {index} of the {table} table has two names in the headers of NumPy {headers.release}")
        slots[index] = (name, kind, signature)
    if len(slots) != len(re.findall(rf"#define \w+[^\n#]*{variable}(?: \+ \d+\))?\[\d+\]", text)):
        raise Changed(f"the headers of NumPy {headers.release} define slots of the {table} table in an unknown form")
    others = set(re.findall(r"#define \w+[^\n]*?\b(\w+_API)(?: \+ \d+\))?\[\d+\]", text)) - {variable}
    if others:
        raise Changed(f"the headers of NumPy {headers.release} have another table, {min(others)}")
    return slots


class _Tables(ast.NodeVisitor):
    """The dictionaries {name: (index, ...)} of numpy_api.py, without running it."""

    def __init__(self):
        self.dictionaries = {}

    def visit_Assign(self, node):
        if isinstance(node.value, ast.Dict):
            self.dictionaries[node.targets[0].id] = dict(self._entries(node.value))

    @staticmethod
    def _entries(dictionary):
        for key, value in zip(dictionary.keys, dictionary.values):
            name = key.value
            if name.startswith("__"):
                continue
            index = value.elts[0] if isinstance(value, ast.Tuple) else value
            if isinstance(index, ast.Constant) and isinstance(index.value, int):
                yield name, index.value


def slots_in_source(text):
    """{table: {index: name}} of numpy_api.py."""
    reader = _Tables()
    reader.visit(ast.parse(text))
    tables = {"multiarray": {}, "ufunc": {}}
    for variable, entries in reader.dictionaries.items():
        table = tables["ufunc" if variable.startswith("ufunc") else "multiarray"]
        table.update({index: name for name, index in entries.items()})
    return tables


def compare(release, table, in_headers, in_source):
    """Both must name the same slots; the DType classes are only in a hand-written header."""
    for index in sorted(set(in_headers) | set(in_source)):
        name = in_headers.get(index, ("",))[0]
        by_hand = name.endswith("DType") or name == "PyArrayDTypeMeta_Type"
        if name != in_source.get(index) and not (by_hand and index not in in_source):
            raise Changed(f"slot {index} of the {table} table of NumPy {release}: {name or 'nothing'} in the headers, "
                          f"{in_source.get(index, 'nothing')} in numpy_api.py")
