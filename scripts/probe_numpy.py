"""Measure the NumPy that this Python imports: what its C-API capsules, types and objects really are in this process.

usage: python probe_numpy.py < REQUEST > MEASURED        both JSON; Linux; runs on Python 2.7 and 3, with any NumPy

The request says what to look at, never what to find there:
  types  ["numpy.ndarray", ...]    paths  ["numpy.core.multiarray._ARRAY_API", ...]
  slots  {"multiarray": [index, ...], "ufunc": [...]}    types_at  the same, for slots that should hold types
Addresses are given as [file, address as the file's own headers count it], so that symbols can be looked up afterwards.
"""
import binascii
import ctypes
import gc
import importlib
import json
import os
import re
import sys
import tempfile
import warnings

import numpy

NOWHERE = "abicheck_no_such_name"
WORD = ctypes.sizeof(ctypes.c_void_p)
MODULES = ("_multiarray_umath", "multiarray", "umath")


class Memory(object):
    """This process's memory map: what may be read, and which file is mapped where."""

    def __init__(self):
        self.look()

    def look(self):
        """Again, since allocating changes it."""
        self.areas = []
        bases, before = {}, ("", 0)
        for line in open("/proc/self/maps"):
            words = line.split(None, 5)
            start, end = (int(text, 16) for text in words[0].split("-"))
            path = words[5].strip() if len(words) > 5 else ""
            if not path and before[1] == start:
                path = before[0]  # the zeroed data of a library follows its file without a name
            # Shared libraries are linked at 0 and mapped in one piece, so that the lowest address is the load bias.
            bases.setdefault(path, start)
            before = path, end
            if "r" in words[1]:
                self.areas.append((start, end, path, bases[path]))

    def area(self, address):
        return next((area for area in self.areas if area[0] <= address < area[1]), None)

    def place(self, address):
        area = self.area(address)
        return [area[2], address - area[3]] if area and area[2].startswith("/") else ["", address]

    def read(self, address, size):
        """Up to `size` bytes; None where nothing is mapped."""
        area = self.area(address)
        return ctypes.string_at(address, min(size, area[1] - address)) if area else None

    def word(self, address):
        data = self.read(address, WORD)
        return ctypes.c_size_t.from_buffer_copy(data).value if data else 0


def imported(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def capsule_pointer(capsule):
    if type(capsule).__name__ == "PyCObject":
        get, arguments = ctypes.pythonapi.PyCObject_AsVoidPtr, (capsule,)
        get.argtypes = [ctypes.py_object]
    else:
        get, arguments = ctypes.pythonapi.PyCapsule_GetPointer, (capsule, capsule_name(capsule))
        get.argtypes = [ctypes.py_object, ctypes.c_char_p]
    get.restype = ctypes.c_void_p
    return get(*arguments)


def capsule_name(capsule):
    get = ctypes.pythonapi.PyCapsule_GetName
    get.argtypes, get.restype = [ctypes.py_object], ctypes.c_char_p
    return get(capsule)


def main_capsule(name):
    """The capsule where NumPy itself keeps it: the first of the modules that has it."""
    for folder in ("numpy._core.", "numpy.core."):
        for module in MODULES:
            found = getattr(imported(folder + module), name, None)
            if found is not None:
                return found


def type_of(memory, address):
    """"module.name" when there is a type object at `address`, with " of X" when dtypes of the character X are of this class."""
    header = memory.word(address + object.__basicsize__ - WORD)
    metaclasses = [type, type(type(numpy.dtype("f8")))]
    if header not in [id(each) for each in metaclasses]:
        return None
    found = ctypes.cast(address, ctypes.py_object).value
    characters = [each for each in "?bBhHiIlLqQefdgFDGSUMmOV" if type(numpy.dtype(each)) is found and found is not numpy.dtype]
    return found.__module__ + "." + found.__name__ + "".join(" of " + each for each in characters)


def table(memory, capsule, slots, types_at):
    start = capsule_pointer(capsule)
    pointers = dict((slot, memory.word(start + slot * WORD)) for slot in slots)
    return {
        "place": memory.place(start),
        "slots": dict((slot, memory.place(pointer) if pointer else None) for slot, pointer in pointers.items()),
        "types": dict((slot, type_of(memory, pointers[slot])) for slot in types_at if pointers.get(slot)),
    }


def version_numbers(capsule):
    """What slots 0 and 211 return."""
    start = ctypes.cast(capsule_pointer(capsule), ctypes.POINTER(ctypes.c_void_p))
    return [ctypes.CFUNCTYPE(ctypes.c_uint)(start[slot])() for slot in (0, 211)]


def size_of(path):
    module, _, name = path.rpartition(".")
    found = getattr(imported(module), name, None)
    return found.__basicsize__ if isinstance(found, type) else None


def in_child(ask):
    """ask() in a process of its own, since importing and warning leave traces; with what it wrote to stderr."""
    reader, writer = os.pipe()
    with tempfile.TemporaryFile() as errors:
        child = os.fork()
        if child == 0:
            os.dup2(errors.fileno(), 2)
            with os.fdopen(writer, "w") as out:
                out.write(json.dumps(ask()))
            sys.stderr.flush()
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as answer:
            text = answer.read()
        os.waitpid(child, 0)
        errors.seek(0)
        return dict(json.loads(text) if text else {"state": "died"}, stderr=errors.read().decode())


def said(error):
    return {"type": type(error).__name__, "text": str(error)}


def path_state(path, tables):
    """What a module gets that imports this path and takes this attribute of it."""
    module, _, name = path.rpartition(".")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            capsule = getattr(importlib.import_module(module), name)
        except AttributeError as error:
            return dict(said(error), state="absent")
        except ImportError as error:
            return dict(said(error), state="refuses" if module in sys.modules else "absent")
    if capsule_pointer(capsule) != tables[name]:
        return {"state": "works, with another table"}
    warned = [dict(said(each.message), type=each.category.__name__) for each in caught]
    return {"state": "warns" if warned else "works", "warnings": warned}


def missing_attribute(module):
    """What a module says of an attribute that it does not have; nothing when there is no such module."""
    warnings.simplefilter("ignore")
    try:
        getattr(importlib.import_module(module), NOWHERE)
    except AttributeError as error:
        return said(error)
    except ImportError:
        pass
    return {}


def sample(memory, struct, value, members, points_to=None):
    """The bytes of an object, with what Python says of its members.

    members: {name: number}. points_to: {name: start of what the member points to}; every word of the object that is a
    pointer is followed, so that the offset of a member decides which of them counts.
    """
    data = ctypes.string_at(id(value), type(value).__basicsize__)
    targets = {}
    memory.look()
    for offset in range(object.__basicsize__, len(data) - WORD + 1, WORD) if points_to else ():
        found = memory.read(ctypes.c_size_t.from_buffer_copy(data, offset).value, 64)
        if found is not None:
            targets[offset] = hexadecimal(found)
    starts = dict((name, hexadecimal(start)) for name, start in (points_to or {}).items())
    return {"struct": struct, "of": repr(value)[:60], "bytes": hexadecimal(data), "targets": targets, "members": members, "points_to": starts}


def hexadecimal(data):
    return binascii.hexlify(data).decode()


def intps(values):
    return (ctypes.c_ssize_t * len(values))(*values)


def raw(array):
    return ctypes.string_at(ctypes.addressof(array), ctypes.sizeof(array))


def descr_samples(memory):
    record = numpy.dtype([("a", "i2"), ("b", "f8")])
    texts = ["b1", "i1", "i4", "u8", "f8", "f4", "c16", "S7", "U3", "V5", "O", ">i4", "M8[us]"]
    for each in [numpy.dtype(text) for text in texts] + [record, numpy.dtype((numpy.int32, (2, 3)))]:
        members = {"typeobj": id(each.type), "kind": ord(each.kind), "type": ord(each.char), "byteorder": ord(each.byteorder),
                   "flags": each.flags, "type_num": each.num, "elsize": each.itemsize, "alignment": each.alignment}
        # The dictionary behind the proxy that Python gets.
        legacy = {} if each.names is None else {"names": id(each.names), "fields": id(gc.get_referents(each.fields)[0])}
        if each.subdtype is None:
            legacy["subarray"] = 0
        yield sample(memory, "PyArray_Descr", each, dict(legacy, **members))
        yield sample(memory, "_PyArray_LegacyDescr", each, dict(legacy, **members))
        # Computed when it is asked for, then kept in the descriptor (since 1.10).
        yield sample(memory, "PyArray_Descr", each, {"hash": hash(each)})


def array_samples(memory):
    whole = numpy.zeros((5, 3, 2), dtype="f4")
    for each in [whole, whole[1:3, :, 1], numpy.zeros((2, 7), dtype="i2", order="F"), numpy.frombuffer(b"abcdefgh", dtype="u1")]:
        owner = {} if each.base is None else {"base": id(each.base)}
        members = dict(owner, nd=each.ndim, data=each.ctypes.data, descr=id(each.dtype), flags=each.flags.num)
        shapes = {"dimensions": raw(intps(each.shape)), "strides": raw(intps(each.strides))}
        for struct in ("PyArrayObject", "PyArrayObject_fields"):
            yield sample(memory, struct, each, members, points_to=shapes)
    iterator = whole[1:3].flat
    for _ in range(4):
        next(iterator)
    members = {"nd_m1": 2, "index": 4, "size": 12, "ao": id(iterator.base), "contiguous": 1, "dataptr": iterator.base.ctypes.data + 16}
    yield sample(memory, "PyArrayIterObject", iterator, members)
    both = numpy.broadcast(numpy.zeros((4, 1)), numpy.zeros(3))
    next(both)
    for struct in ("PyArrayMultiIterObject", "PyArrayMultiIter_fields"):
        yield sample(memory, struct, both, {"numiter": 2, "size": 12, "index": 1, "nd": 2})


def ufunc_samples(memory):
    for name in ("add", "subtract", "sin", "modf", "logical_and", "frompyfunc"):
        each = getattr(numpy, name) if name != "frompyfunc" else numpy.frompyfunc(divmod, 2, 2)
        members = {"nin": each.nin, "nout": each.nout, "nargs": each.nargs, "ntypes": each.ntypes}
        if name == "subtract":
            members["identity"] = -1 if each.identity is None else each.identity  # PyUFunc_None, PyUFunc_Zero
        yield sample(memory, "PyUFuncObject", each, members, points_to={"name": each.__name__.encode() + b"\0"})


def scalar_samples(memory):
    for struct, value in (("PyIntScalarObject", numpy.intc(-5)), ("PyLongLongScalarObject", numpy.longlong(77)),
                          ("PyShortScalarObject", numpy.short(9)), ("PyBoolScalarObject", numpy.bool_(True))):
        yield sample(memory, struct, value, {"obval": int(value)})
    try:
        moment = numpy.datetime64(12345, "us")
    except TypeError:  # 1.6 has other scalars
        return
    yield sample(memory, "PyDatetimeScalarObject", moment, {"obval": 12345})


def random_capsule():
    generator = getattr(imported("numpy.random"), "PCG64", None)
    return capsule_name(generator().capsule).decode() if generator else None


def experimental_version():
    """What NumPy answers a module that wants a version of the experimental DType API that never was."""
    os.environ["NUMPY_EXPERIMENTAL_DTYPE_API"] = "1"
    get = getattr(imported("numpy.core._multiarray_umath"), "_get_experimental_dtype_api", None)
    try:
        get and get(-1)
    except RuntimeError as error:
        return int(re.search(r"exporting version (\d+)", str(error)).group(1))


def main():
    request = json.load(sys.stdin)
    memory = Memory()
    arrays, ufuncs = main_capsule("_ARRAY_API"), main_capsule("_UFUNC_API")
    tables = {"_ARRAY_API": capsule_pointer(arrays), "_UFUNC_API": capsule_pointer(ufuncs)}
    capsules = {"multiarray": arrays, "ufunc": ufuncs}
    abi, api = version_numbers(arrays)
    modules = sorted(set(path.rpartition(".")[0] for path in request["paths"]))
    measured = {
        "python": "%d.%d" % sys.version_info[:2], "version": numpy.__version__, "abi_version": abi, "api_version": api,
        "paths": dict((path, in_child(lambda: path_state(path, tables))) for path in request["paths"]),
        "missing": dict((module, in_child(lambda: missing_attribute(module))) for module in modules),
        "sizes": dict((path, size_of(path)) for path in request["types"]),
        "random_capsule": random_capsule(), "experimental_version": experimental_version(),
    }
    memory.look()
    measured["tables"] = dict((name, table(memory, capsule, request["slots"][name], request["types_at"][name]))
                              for name, capsule in capsules.items())
    measured["samples"] = [each for make in (descr_samples, array_samples, ufunc_samples, scalar_samples) for each in make(memory)]
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
