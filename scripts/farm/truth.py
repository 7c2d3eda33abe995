"""What is true of a module: from its source, from its compiler, and from NumPy's headers; never from the program under test."""
import re

from abi_db_proof.database import key

from .errors import errors_of
from .headers import slot_names

# C text to the name under which it is told.
ASKED = {"abi_version": "NPY_VERSION", "api_version": "NPY_FEATURE_VERSION", "headers_api": "NPY_API_VERSION",
         "numpy.ndarray": "sizeof(PyArrayObject)", "numpy.dtype": "sizeof(PyArray_Descr)", "numpy.ufunc": "sizeof(PyUFuncObject)",
         "numpy.flatiter": "sizeof(PyArrayIterObject)", "numpy.broadcast": "sizeof(PyArrayMultiIterObject)", "object": "sizeof(PyObject)"}


SIZES = {text.removeprefix("sizeof(").rstrip(")"): name for name, text in ASKED.items() if text.startswith("sizeof(")}


def probe_text():
    """A file whose object holds the values as letters, which no byte order and no object format changes."""
    nibbles = ", ".join(f"(char)('a' + ((((unsigned long long)({text})) >> {shift}) & 15))" for text in ASKED.values() for shift in range(28, -4, -4))
    return ('#include "farm.h"\n#include <numpy/ufuncobject.h>\n#ifndef NPY_VERSION\n#define NPY_VERSION NPY_ABI_VERSION\n#endif\n'
            f"extern const char farm_probe[];\nconst char farm_probe[] = {{'f', 'a', 'r', 'm', '[', {nibbles}, ']'}};\n")


def read_probe(data):
    letters = re.search(rb"farm\[([a-p]+)\]", data)[1].decode()
    values = [int("".join("%x" % (ord(c) - ord("a")) for c in letters[i : i + 8]), 16) for i in range(0, len(letters), 8)]
    return dict(zip(ASKED, values, strict=True))


def slots_of(symbols):
    found = {table: {"uses": set(), "import": set()} for table in ("multiarray", "umath")}
    for use, table, number in re.findall(r"\b_?farm_(uses|import)_(Array|UFunc)_(\d+)\b", symbols):
        found["multiarray" if table == "Array" else "umath"][use].add(int(number))
    return {table: {use: sorted(slots) for use, slots in uses.items()} for table, uses in found.items()}


def without_dropped(slots, source, config):
    """gcc knows such a copy to be null: its first use kills the process, and what is behind it is left out (-fisolate-erroneous-paths-dereference)."""
    if not slots or config.family != "gcc" or config.level not in ("-O2", "-O3", "-Os"):
        return slots
    array = slots["multiarray"]
    return {**slots, "multiarray": {**array, "uses": [slot for slot in array["uses"] if slot not in source.behind_null]}}


def template(minor):
    """(array template, umath template), as abi_db/README.md names them; the newest release of the minor."""
    at = key(minor)
    pick = lambda rows: next(name for name, first in rows if at >= first)
    return (pick([("A12", (2, 4)), ("A12", (2, 3)), ("A10", (2, 0)), ("A9", (1, 26)), ("A8", (1, 24)), ("A7", (1, 19)), ("A6", (1, 16)), ("A5", (1, 11)), ("A4", (1, 5))]),
            pick([("U9", (2, 3)), ("U8", (2, 1)), ("U7", (2, 0)), ("U6", (1, 19)), ("U5", (1, 16)), ("U4", (1, 6))]))


def import_paths(minor):
    at = key(minor)
    old = "numpy.core._multiarray_umath"
    if at >= (2, 0):
        return ["numpy._core._multiarray_umath", old], ["numpy._core._multiarray_umath", old]
    return ([old], [old]) if at >= (1, 16) else (["numpy.core.multiarray"], ["numpy.core.umath"])


def truth_of(config, machine, source, headers, measured, runtime_sizes):
    slots, values = without_dropped(measured["slots"], source, config), measured["values"]
    array, umath = template(config.minor)
    array_paths, umath_paths = import_paths(config.minor)
    truth = {"config": config.as_option(), "module": config.name, "machine": machine.name, "format": machine.format, "arch": machine.arch,
             "bits": machine.bits, "source": source.name, "generator": source.generator, "numpy": headers.release, "python": headers.python.version,
             "size_checks": [], "slots": slots, "filled": source.filled, "imports": []}
    # Slots of the version tests are used where the function survives, and only there.
    if slots and slots["multiarray"]["import"]:
        truth["imports"].append({"table": "multiarray", "attribute": "_ARRAY_API", "paths": array_paths, "template": array,
                                 "abi_version": values["abi_version"], "api_version": values["api_version"],
                                 "compare": "at_least" if headers.two else "equal", "reach": source.reach or "never"})
    # It uses no slot, but its name is in the module where the function survives.
    if measured["ufunc_api"]:
        truth["imports"].append({"table": "umath", "attribute": "_UFUNC_API", "paths": umath_paths, "template": umath, "reach": "import" if source.umath else "never"})
    if slots:
        names = slot_names(headers.include)
        truth["slot_names"] = {table: {slot: names[table][slot] for slot in each["uses"]} for table, each in slots.items()}
    if source.own_way:
        truth["own_way"] = source.own_way
    truth["size_checks"] = [{"type": name, "expected": values[SIZES[expression]], "mode": mode} for name, expression, mode in measured["checks"]]
    errors = errors_of(source, config.minor, values.get("api_version", 0), truth["size_checks"], runtime_sizes)
    truth["errors"] = {target: each and {**each, "message": each["message"].replace("{module}", config.name)} for target, each in errors.items()}
    return truth
