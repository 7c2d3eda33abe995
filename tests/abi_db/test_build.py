"""scripts/build_abi_db.py: its rules on small inputs, and one minor rebuilt from the package index, byte for byte."""
import json
import pathlib
import subprocess
import sys
import types
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from abi_db_tools import Changed, artefacts, continuity, cython_names, declarations, files, history, overlay, shims, slots  # noqa: E402

REVIEWED = {"names": {"PyArray_Old": {"deprecated": "1.7", "replacement": "PyArray_New"}}, 
            "slots": {"PyArray_Old": {"disabled": "1.8", "source": {"text": 'PyErr_SetString(PyExc_ValueError, "is " "old: stop");'}}}}
MINOR = "1.25"  # three releases


def headers(text, release="9.9.0"):
    return types.SimpleNamespace(release=release, texts={"numpy/__multiarray_api.h": text})


class Slots(unittest.TestCase):
    def test_forms_of_the_generated_headers(self):
        found = slots.slots_in_headers(headers("""
#define PyArray_GetNDArrayCVersion \\
        (*(unsigned int (*)(void)) \\
    PyArray_API[0])
#define PyArray_Type (*(PyTypeObject *)PyArray_API[2])
#define NPY_NUMUSERTYPES (*(int *)PyArray_API[7])
#define _PyArrayScalar_BoolValues ((PyBoolScalarObject *)PyArray_API[9])
#define PyArray_BoolDType (*(PyArray_DTypeMeta *)(PyArray_API + 320)[1])
#define PyArray_Sort \\
        (*(int (*)(PyArrayObject *, int NPY_UNUSED(a), PyObject* (*)(void)))   PyArray_API[11])
"""), "multiarray")
        self.assertEqual(found[0], ("PyArray_GetNDArrayCVersion", "function", "unsigned int (*)(void)"))
        self.assertEqual(found[2], ("PyArray_Type", "type", "PyTypeObject"))
        self.assertEqual(found[7], ("NPY_NUMUSERTYPES", "variable", "int"))
        self.assertEqual(found[9][2], "PyBoolScalarObject []")
        self.assertEqual(found[321], ("PyArray_BoolDType", "type", "PyArray_DTypeMeta"))
        self.assertNotIn("NPY_UNUSED", found[11][2])

    def test_an_unknown_form_stops(self):
        with self.assertRaisesRegex(Changed, "unknown form"):
            slots.slots_in_headers(headers("#define PyArray_Odd wrap(PyArray_API[3])\n"), "multiarray")

    def test_another_table_stops(self):
        with self.assertRaisesRegex(Changed, "another table, PyNew_API"):
            slots.slots_in_headers(headers("#define A (*(int *)PyArray_API[2])\n#define B (*(int *)PyNew_API[0])\n"), "multiarray")

    def test_two_names_in_one_slot_stop(self):
        with self.assertRaisesRegex(Changed, "slot 2 .* two names"):
            slots.slots_in_headers(headers("#define A (*(int *)PyArray_API[2])\n#define B (*(int *)PyArray_API[2])\n"), "multiarray")

    def test_the_source_distribution_must_agree(self):
        source = slots.slots_in_source("multiarray_funcs_api = {'__unused_indices__': [1], 'A': (0,), 'B': (2, StealRef(1))}\nufunc_types_api = {'U': 0}")
        self.assertEqual(source, {"multiarray": {0: "A", 2: "B"}, "ufunc": {0: "U"}})
        slots.compare("9.9.0", "multiarray", {0: ("A",), 2: ("B",)}, source["multiarray"])
        for wrong in ({0: ("A",)}, {0: ("A",), 2: ("C",)}, {0: ("A",), 1: ("X",), 2: ("B",)}):
            with self.assertRaises(Changed):
                slots.compare("9.9.0", "multiarray", wrong, source["multiarray"])


class Declarations(unittest.TestCase):
    def lines(self, text):
        return declarations.declarations_in(headers(text))["numpy/__multiarray_api.h"]

    def test_comments_and_spaces_are_left_out(self):
        text = "/* one\n two */ # define  A( x )\\\n ((x)->b  + 1) // three\n#define B (1)\nint\ta ,b[ 3 ];\n#include   <stdio.h> /* x */\n"
        self.assertEqual(self.lines(text), ["#define A(x)((x)->b + 1)", "#define B (1)", "int a,", "b[3];", "#include <stdio.h>"])

    def test_texts_stay_as_they_are(self):
        self.assertEqual(self.lines("#error  it isn't /* here */ so\n#define A \"/* b */  ;\" L'c'\n"), ["#error it isn't so", "#define A \"/* b */  ;\" L'c'"])

    def test_a_directive_ends_a_line(self):
        text = """extern "C" {
static int f(int a)
{
#if X
    if (a) { return (a); } else {
#else
    while (a) {
#endif
    }
}
}
enum e { ONE = f(1, 2),
# ifdef Y
 TWO
#endif
};
"""
        self.assertEqual(self.lines(text), ['extern "C" {', "static int f(int a) {", "#if X", "if(a) {", "return(a);", "}", "else {", "#else", "while(a) {", "#endif",
                                            "}", "}", "}", "enum e {", "ONE = f(1, 2),", "#ifdef Y", "TWO", "#endif", "}", ";"])

    def test_lines_through_the_releases(self):
        per_release = {"1.6.0": ["a", "b", "d"], "1.7.0": ["a", "c", "d"], "1.8.0": ["a", "b", "d"]}
        found = declarations.declaration_rows({release: {"numpy/a.h": lines} for release, lines in per_release.items()})
        for place, lines in enumerate(per_release.values()):
            releases = list(per_release)[: place + 1]
            self.assertEqual([line for line, *turns in found["numpy/a.h"] if len(set(turns) & set(releases)) % 2], lines)
        self.assertIn(["b", "1.6.0", "1.7.0", "1.8.0"], found["numpy/a.h"])

    def test_an_empty_header_stops(self):
        with self.assertRaisesRegex(Changed, "numpy/a.h of NumPy 1.6.0 is empty"):
            declarations.declaration_rows({"1.6.0": {"numpy/a.h": []}})


class Cython(unittest.TestCase):
    HEADER = """
#define PyArray_Type (*(PyTypeObject *)PyArray_API[2]) /* PyArray_DATA */
#define PyArray_Check(op) \\
    PyObject_TypeCheck(op, &PyArray_Type)
#define PyArray_DATA(a) ((a)->data)
static inline int
sized(PyArrayObject *a) { if (a) { return PyArray_Check(a); } return 0; }
#ifdef A
#define PyArray_NDIM(a) PyArray_Check(a)
#else
#define PyArray_NDIM(a) ((a)->nd)
#endif
#define PyUFunc_New (*(int (*)(void))PyUFunc_API[1])
"""
    PXD = "cdef inline object tuple_of(a):\n    return sized(a)\n\n    cdef inline data(self):\n        return sized(self)\n"

    def test_what_reads_a_table(self):
        found = cython_names.reading_tables([self.HEADER], self.PXD)
        readers = found["array_api"]
        self.assertTrue({"PyArray_Type", "PyArray_Check", "sized", "tuple_of"} <= readers)
        self.assertFalse({"PyArray_DATA", "PyArray_NDIM", "data"} & readers)
        self.assertTrue("PyUFunc_New" in found["ufunc_api"] and "PyUFunc_New" not in readers)

    def test_rows_through_the_releases(self):
        made = lambda classic, needs: {"names": {"classic": classic, "cython3": {"a": "type"}}, "needs": needs}
        rows = cython_names.cython_rows({"1.18.0": made({}, None), "1.19.0": made({"a": "type", "b.c": "member"}, None), "2.0.0": made({"a": "type"}, "0.29.31")})
        self.assertEqual(rows["classic"], [["a", "type", "1.19.0"], ["b.c", "member", "1.19.0", "2.0.0"]])
        self.assertEqual(rows["needs"], [["0.29.31", "2.0.0"]])

    def test_the_cython_that_a_file_asks_for(self):
        self.assertEqual(cython_names.REFUSAL.search("DEF err = int('Build aborted: the headers require Cython 3.0.0 or newer.')")[1], "3.0.0")
        self.assertIsNone(cython_names.REFUSAL.search("# require Cython 3.0.0 or newer"))


class History(unittest.TestCase):
    def test_rows_of_a_slot(self):
        old, new = ("PyArray_Old", "function", "int (*)(int)"), ("PyArray_Old", "function", "int (*)(long)")
        other = ("PyArray_Else", "function", "int (*)(int)")
        rows = history.slot_rows({"1.6.0": {1: old}, "1.7.0": {1: new}, "1.8.0": {}, "2.0.0": {1: other}}, {"PyArray_Else": "0x00000012"}, REVIEWED)
        self.assertEqual([(row["name"], row["since"], row.get("changed"), row.get("removed")) for row in rows],
                         [("PyArray_Old", "1.6.0", "1.7.0", None), ("PyArray_Old", "1.7.0", None, "1.8.0"), ("PyArray_Else", "2.0.0", None, None)])
        self.assertEqual(rows[1]["raises"], "ValueError: is old: stop")
        for text in ('PyErr_Format(PyExc_ValueError, "x %d", 1);', 'PyErr_SetString(error, "x");', 'PyErr_SetString(PyExc_ValueError, "a\\n");'):
            self.assertRaises(Changed, overlay.raised_by, text)
        self.assertEqual((rows[1]["deprecated"], rows[1]["disabled"], rows[2]["min_target"]), ("1.7.0", "1.8.0", "0x00000012"))

    def test_rows_of_a_name(self):
        fact = {"kind": "macro", "header": "numpy/a.h"}
        rows = history.name_rows({"1.6.0": {"A": fact}, "1.7.0": {"PyArray_Old": fact}, "1.8.0": {"A": fact, "PyArray_Old": fact}, "2.0.0": {"A": fact}}, REVIEWED)
        self.assertEqual(rows["A"], {**fact, "since": "1.6.0", "absent": ["1.7.0"]})
        self.assertEqual((rows["PyArray_Old"]["removed"], rows["PyArray_Old"]["replacement"]), ("2.0.0", "PyArray_New"))

    def test_another_declaration_before(self):
        old, new = {"kind": "macro", "header": "numpy/a.h", "value": 32}, {"kind": "macro", "header": "numpy/b.h"}
        row = history.name_rows({"1.6.0": {"A": old}, "1.7.0": {"A": old}, "2.0.0": {"A": new}}, {"names": {}})["A"]
        self.assertEqual(row, {**new, "since": "1.6.0", "earlier": [{"until": "2.0.0", **old}]})

    def test_a_type_that_changed(self):
        old, new = ({"kind": "member", "header": "numpy/a.h", "type": text} for text in ("void **", "void *const *"))
        rows = history.name_rows({"1.6.0": {"A.b": old, "A.c": old}, "2.0.0": {"A.b": new, "A.c": old}}, {"names": {}})
        self.assertEqual(rows["A.b"], {**new, "since": "1.6.0", "earlier": [{"until": "2.0.0", **old}]})
        self.assertEqual(rows["A.c"], {"kind": "member", "header": "numpy/a.h", "since": "1.6.0"})

    def test_a_condition_that_came_later(self):
        plain, guarded = {"kind": "type", "header": "numpy/a.h"}, {"kind": "type", "header": "numpy/a.h", "min_target": 18}
        # B shows that the headers of 1.25.0 had such conditions already.
        releases = {"1.24.0": {"A": plain, "B": plain}, "1.25.0": {"A": plain, "B": guarded}, "2.0.0": {"A": guarded, "B": guarded}}
        rows = history.name_rows(releases, {"names": {}})
        self.assertEqual(rows["A"]["min_target_since"], "2.0.0")
        self.assertNotIn("min_target_since", rows["B"])
        with self.assertRaisesRegex(Changed, "A had more than one min_target"):
            history.name_rows({**releases, "2.1.0": {"A": plain, "B": guarded}}, {"names": {}})

    def test_an_overlay_name_that_nobody_declares_stops(self):
        with self.assertRaisesRegex(Changed, "no release declares PyArray_Old"):
            files.table_files({"1.6.0": {"names": {}, "slots": {"multiarray": {}, "ufunc": {}}}}, REVIEWED)

    def test_merge_patch(self):
        old, new = {"a": 1, "b": {"c": 1, "d": 2}, "e": [1]}, {"a": 1, "b": {"c": 3}, "f": 4}
        self.assertEqual(history.merge_patch(old, new), {"b": {"c": 3, "d": None}, "e": None, "f": 4})
        with self.assertRaises(Changed):
            history.merge_patch({"a": 1}, {"a": None})


class Continuity(unittest.TestCase):
    def facts(self, minor="2.5"):
        return json.loads((ROOT / "abi_db" / f"numpy-{minor}.json").read_text())

    def test_what_is_there_passes(self):
        continuity.check({"2.4.0": {"facts": self.facts("2.4")}, "2.5.0": {"facts": self.facts()}})

    def test_what_a_reader_no_longer_finds_stops(self):
        def without(path):
            facts = self.facts()
            *folders, last = path
            place = facts
            for name in folders:
                place = place[name]
            place[last] = type(place[last])()
            return facts

        losses = {("layouts",): "layout of", ("shims",): "text of the", ("target_macros",): "target macro", ("api_names",): "names of API versions",
                  ("random", "capsule"): "capsule", ("random", "pxd"): "Cython declarations", ("dtype_api",): "DType API",
                  ("runtime_sizes",): "sizes of numpy.random", ("target_policy", "below_lowest"): "below_lowest", ("target_policy", "honoured"): "honoured"}
        for path, text in losses.items():
            with self.subTest(path=path), self.assertRaisesRegex(Changed, f"NumPy 2.6.0 no longer has the .*{text}"):
                continuity.check({"2.5.0": {"facts": self.facts()}, "2.6.0": {"facts": without(path)}})


class Overlay(unittest.TestCase):
    reviewed = {"import_states": [{"member": "numpy/core/umath.py", "syntax_sha256": [overlay.syntax_digest("def f():\n  return 'x'\n")],
                                   "states": {"_UFUNC_API": "warns"}}]}

    def test_layout_quotes_and_comments_do_not_count(self):
        same = b'# now with a comment\ndef f():\n    return "x"\n'
        self.assertEqual(overlay.state_of(self.reviewed, "2.0.0", "numpy/core/umath.py", same, "_UFUNC_API"), "warns")

    def test_a_binding_needs_no_review(self):
        self.assertEqual(overlay.state_of(self.reviewed, "2.0.0", "numpy/core/umath.py", b"from ._x import (a, _UFUNC_API)", "_UFUNC_API"), "works")

    def test_what_nobody_has_read_stops(self):
        with self.assertRaisesRegex(Changed, "numpy/core/umath.py of NumPy 2.9.0"):
            overlay.state_of(self.reviewed, "2.9.0", "numpy/core/umath.py", b"def f():\n  return 'y'\n", "_UFUNC_API")


class Shims(unittest.TestCase):
    refusing = """
def __getattr__(attr_name):
    msg = textwrap.dedent(f\"\"\"
        It cannot be run in {short_version}.
        \"\"\")
    tb_msg = "Traceback:"
    sys.stderr.write(msg + tb_msg)
    raise ImportError(msg)
    raise AttributeError(f"'numpy.core._multiarray_umath' has no attribute {attr_name}")
"""
    warning = 'warnings.warn(f"{old_module} is deprecated, use {new_module}.{attr}", DeprecationWarning)'

    def test_texts(self):
        found = shims.texts("2.0.0", self.refusing, self.warning)
        self.assertEqual(found["refusal"], {"type": "ImportError", "text": "\nIt cannot be run in {release}.\n",
                                            "stderr": "\nIt cannot be run in {release}.\nTraceback:{stack}"})
        self.assertEqual(found["missing"]["text"], "'numpy.core.{module}' has no attribute {attribute}")
        self.assertEqual(found["warning"]["text"], "numpy.core.{module} is deprecated, use numpy._core.{module}.{attribute}")

    def test_other_texts_stop(self):
        for old, new in (("cannot be run in", "does not like"), ("sys.stderr", "sys.stdout"), ("has no attribute", "lacks")):
            with self.subTest(old=old), self.assertRaisesRegex(Changed, "of NumPy 2.9.0|shims of NumPy 2.9.0"):
                shims.texts("2.9.0", self.refusing.replace(old, new), self.warning)


class Files(unittest.TestCase):
    def test_one_fact_a_line(self):
        text = files.written({"target_macros": {"A": "0x1"}, "rows": [{"index": 1, "name": "x"}], "deep": {"t": {"lp64": [1, 2]}}, "empty": {}})
        self.assertEqual(text.splitlines()[1:], ['  "target_macros": {', '    "A": "0x1"', "  },", '  "rows": [', '    {"index": 1, "name": "x"}', "  ],",
                                                 '  "deep": {', '    "t": {"lp64": [1, 2]}', "  },", '  "empty": {}', "}"])

    def test_the_files_are_in_this_form(self):
        for path in sorted((ROOT / "abi_db").glob("*.json")):
            if path.name != "overlay.json":
                self.assertEqual(files.written(json.loads(path.read_text())) + "\n", path.read_text(), path.name)


class Index(unittest.TestCase):
    def test_both_kinds_of_page(self):
        entry = {"filename": "numpy-2.0.0.tar.gz", "url": "https://x/a", "hashes": {"sha256": "ab"}, "upload-time": "2024-06-16T00:00:00Z"}
        wanted = [("numpy-2.0.0.tar.gz", "https://x/a", "ab", "2024-06-16")]
        self.assertEqual(list(artefacts.entries_of_page(json.dumps({"files": [entry]}), "https://x/")), wanted)
        page = '<a href="a#sha256=ab" data-upload-time="2024-06-16T00:00:00Z">numpy-2.0.0.tar.gz</a>'
        self.assertEqual(list(artefacts.entries_of_page(page, "https://x/")), wanted)

    def test_order_of_releases(self):
        self.assertEqual(sorted(["1.10.0", "1.9.3", "1.10.0.post2", "2.0.0"], key=artefacts.version_key), ["1.9.3", "1.10.0", "1.10.0.post2", "2.0.0"])


class Rebuild(unittest.TestCase):
    def test_a_minor_comes_out_as_it_is(self):
        run = subprocess.run([sys.executable, ROOT / "scripts" / "build_abi_db.py", "--check", "--minor", MINOR], capture_output=True, text=True)
        if "urlopen error" in run.stderr:
            self.skipTest("the package index cannot be reached")
        self.assertEqual((run.returncode, run.stdout), (0, "1 file, 3 releases, newest 1.25.2\n"), run.stderr)


if __name__ == "__main__":
    unittest.main()
