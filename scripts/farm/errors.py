"""Which exception a user gets who imports a module under a NumPy that it is not for: read off NumPy's generators
(generate_numpy_api.py, generate_ufunc_api.py) and shims, and confirmed by running; abi_db/README.md tells the variants."""
from abi_db_proof.database import key

# The last NumPy without numpy.core._multiarray_umath, the first of the second ABI, and the newest.
TARGETS = ("1.15", "2.0", "2.5")
LONG = """
A module that was compiled using NumPy 1.x cannot be run in
NumPy {} as it may crash. To support both 1.x and 2.x
versions of NumPy, modules must be compiled with NumPy 2.0.
Some module may need to rebuild instead e.g. with 'pybind11>=2.12'.

If you are a user of the module, the easiest solution will be to
downgrade to 'numpy<2' or try to upgrade the affected module.
We expect that some modules will need time to support NumPy 2.
"""


def error(kind, message):
    return {"type": kind, "message": message}


def of_array(minor, target, api):
    """What _import_array() of these headers raises; None: nothing."""
    at = key(minor)
    if at >= (1, 16) and target == "1.15":
        return error("ModuleNotFoundError", "No module named 'numpy.core._multiarray_umath'")
    if at < (1, 16) and target != "1.15":
        prefix = "0x" if at >= (1, 11) else ""
        return error("RuntimeError", f"module compiled against ABI version {prefix}1000009 but this version of numpy is {prefix}2000000")
    if (1, 16) <= at < (1, 26) and target != "1.15":
        return error("AttributeError", "_ARRAY_API not found")
    if at == (1, 26):
        return error("ImportError", LONG)  # its number is that of the NumPy asked about
    if at >= (2, 0) and target == "2.0" and api > 0x12:
        return error("RuntimeError", "")
    return None


def of_umath(minor, target):
    """Whether _import_umath() of these headers fails."""
    at = key(minor)
    return at >= (1, 16) and target == "1.15" or (1, 16) <= at < (2, 0) and target != "1.15"


def of_sizes(checks, runtime):
    """What Cython's size checks raise, in the order in which they run (0.29 and later); None: they pass."""
    for check in checks:
        here = runtime.get(check["type"])
        if here is None:
            return error("", "")  # a class that this NumPy's database has no size of
        changed = f"{check['type']} size changed, may indicate binary incompatibility. Expected {check['expected']} from C header, got "
        if check["expected"] > here:
            return error("ValueError", f"{changed}{here} from PyObject")
        if check["mode"] == "error" and check["expected"] != here:
            return error("ValueError", "")  # its text depends on the release of Cython
    return None


def seen_as(source, raw, core):
    """What becomes of an exception of _import_array(); None: its text is not known."""
    if source.unreported:
        return error("SystemError", "execution of module {module} raised unreported exception")
    if source.seen == "raw":
        return None if raw["message"] in ("", LONG) else raw
    return error("ImportError", f"numpy.{core}.multiarray failed to import" if source.seen == "macro" else source.seen)


def umath_seen(source, core):
    """import_ufunc() sets its exception and goes on, so that the init function returns a module with an exception set."""
    if source.goes_on:
        return error("SystemError", "initialization of {module} raised unreported exception")
    return error("ImportError", f"numpy.{core}.umath failed to import")


def errors_of(source, minor, api, checks, runtime):
    """{target: what the user sees on import, None when nothing}; targets of which the truth is not known are left out.

    runtime: what gives the sizes of NumPy's classes under a target."""
    core, found = "_core" if key(minor) >= (2, 0) else "core", {}
    for target in TARGETS:
        raw = of_array(minor, target, api) if source.reach == "import" else None
        sizes = of_sizes(checks, runtime(target)) if checks else None
        if sizes and not (raw and source.checked_first):
            if sizes["message"]:
                found[target] = sizes
        elif raw is None:
            # The loop tables come after the array's.
            found[target] = umath_seen(source, core) if source.umath and of_umath(minor, target) else None
        elif seen := seen_as(source, raw, core):
            found[target] = seen
    return found
