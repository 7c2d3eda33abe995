"""The sources of the farm, and what is known of each from its text."""
import dataclasses

# What the user sees when _import_array() fails (abi_db/README.md, Import templates).
MACRO = "macro"  # PyErr_Print(), then a new ImportError
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
    umath: bool = False  # it fetches the ufunc table on import too
    filled: bool = True  # all table copies that it uses are filled
    unreported: bool = False  # an exec slot takes the macro's return value for success

    @property
    def cplusplus(self):
        return any(file.endswith("pp") for file, _ in self.files)

    def suits(self, machine):
        return True


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
    one("ufunc_only", reach="", umath=True),
    one("classes", file="classes.cpp", seen=RAW),
    Source("shared", (("shared_init.c", ()), ("shared_use.c", ()))),
    Source("shared_forgotten", (("shared_init.c", ("-DFARM_FORGOTTEN",)), ("shared_use.c", ())), reach="never", filled=False),
    Source("second_copy", (("shared_init.c", ()), ("shared_use.c", ("-DFARM_OWN_COPY",))), filled=False),
]
BY_NAME = {source.name: source for source in C_SOURCES}
