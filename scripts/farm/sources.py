"""The sources of the farm, and what is known of each from its text."""
import dataclasses

# What the user sees when _import_array() fails (abi_db/README.md, Import templates).
MACRO = "macro"  # PyErr_Print(), then a new ImportError
AUTOMATIC = ("numpy.core.multiarray failed to import (auto-generated because you didn't call 'numpy.import_array()' after cimporting numpy; "
             "use '<void>numpy._import_array' to disable if you are certain you don't need it).")
RAW = "raw"  # the exception of _import_array() itself


@dataclasses.dataclass(frozen=True)
class Source:
    name: str
    files: tuple  # (file, extra defines)
    reach: str = "import"  # of _import_array(): import, later, never; empty: it has no such call
    seen: str = MACRO  # the text of import_array2() stands here itself
    oldest: tuple = (1, 7)
    newest: tuple = (9, 0)
    generator: str = "c"
    goes_on: bool = False  # import_ufunc(), which does not return
    tool: tuple = ()  # (name, release) of what writes the C
    minors: tuple = ()  # the only ones whose Pythons it is for
    own_way: str = ""
    checked_first: bool = False  # the call that Cython 3 inserts comes before the size checks
    umath: bool = False  # it fetches the ufunc table on import too
    filled: bool = True  # all table copies that it uses are filled
    behind_null: tuple = ()  # slots of a copy that its file alone knows and never fills, all but the first that is used
    unreported: bool = False  # an exec slot takes the macro's return value for success

    @property
    def cplusplus(self):
        return any(file.endswith("pp") for file, _ in self.files)

    @property
    def numpy(self):
        """Its C includes NumPy's headers."""
        return self.generator not in ("pybind11", "nanobind")

    def suits(self, machine, minor):
        if self.minors and minor not in self.minors:
            return False
        # What f2py and Cython write wants more of a C library than bare machines have.
        return not machine.bare or self.generator == "c"


def one(name, **known):
    return Source(name, ((known.pop("file", name + ".c"), ()),), **known)


C_SOURCES = [
    one("macro"),
    one("exec_slot"),
    one("own_text", seen="this module wants an array library"),
    one("direct", seen=RAW),
    one("helper"),
    one("newer", oldest=(2, 0)),
    one("handlers"),
    one("late", reach="later"),
    one("never", reach="never"),
    one("exec_null", unreported=True),
    one("with_umath", umath=True),
    one("ufunc_only", reach="", umath=True, goes_on=True),
    one("classes", file="classes.cpp", seen=RAW),
    Source("shared", (("shared_init.c", ()), ("shared_use.c", ()))),
    Source("shared_forgotten", (("shared_init.c", ("-DFARM_FORGOTTEN",)), ("shared_use.c", ())), reach="never", filled=False),
    Source("second_copy", (("shared_init.c", ()), ("shared_use.c", ("-DFARM_OWN_COPY",))), filled=False, behind_null=(2, 137, 190)),
    one("umath_forgotten", filled=False),
    one("missing", reach="never", filled=False, behind_null=(45, 137)),
    Source("missing_one", (("missing.c", ("-DFARM_ONE",)),), reach="never", filled=False),
]


def cython(file, version, oldest, newest=(9, 0), **known):
    name = f"{file}_cython{version.rpartition('.')[0].replace('.', '')}"
    return Source(name, ((file + ".pyx", ()),), oldest=oldest, newest=newest, generator="cython", tool=("cython", version), **known)


def all_cython():
    # Cython up to 3.0 brings declarations of its own, for NumPys before 1.18. What 0.29 writes does not compile with CPython 3.13.
    for version, oldest, newest in (("0.29.37", (1, 7), (2, 0)), ("3.0.12", (1, 7), (9, 0)), ("3.1.8", (1, 20), (9, 0)), ("3.2.4", (1, 20), (9, 0))):
        yield cython("plain", version, oldest, newest)
        old = version.startswith("0")
        yield cython("forgotten", version, oldest, newest, reach="never" if old else "import", filled=not old, seen=AUTOMATIC, checked_first=True)
        yield cython("subclass", version, oldest, newest, umath=True)
        yield cython("declared", version, (1, 7), newest, seen=RAW)


def pybind11(version, minors, own_way, name="", defines=()):
    short = version.rpartition(".")[0].replace(".", "")
    return Source(f"pybind11_{short}{name}", (("array_pybind11.cpp", defines),), reach="", generator="pybind11", tool=("pybind11", version),
                  minors=minors, own_way=own_way)


OLD, NEW, ONLY = "pybind11-1.x-layout", "pybind11", "pybind11-numpy-1-only"
GENERATED = [
    *all_cython(),
    pybind11("2.9.2", ("1.21",), OLD), pybind11("2.10.4", ("1.24",), OLD), pybind11("2.11.2", ("1.26",), OLD),
    pybind11("2.12.1", ("1.26", "2.0"), NEW), pybind11("2.13.6", ("2.1",), NEW), pybind11("3.0.4", ("2.1",), NEW),
    pybind11("2.12.1", ("1.26",), ONLY, "_only1", ("-DPYBIND11_NUMPY_1_ONLY",)), pybind11("2.13.6", ("2.1",), ONLY, "_only1", ("-DPYBIND11_NUMPY_1_ONLY",)),
    Source("nanobind", (("array_nanobind.cpp", ()),), reach="", generator="nanobind", tool=("nanobind", "2.9.2"), minors=("2.1",)),
    Source("f2py", (("scale.c", ()),), generator="f2py", tool=("f2py", ""), minors=("1.13", "1.19", "1.26", "2.0", "2.2")),
]
BY_NAME = {source.name: source for source in (*C_SOURCES, *GENERATED)}
