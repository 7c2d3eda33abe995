"""Print as JSON what the NumPy that this Python imports is, in the terms of abi_db/. Runs on Python 2.7 and 3."""
import ctypes
import importlib
import json
import os
import sys
import warnings

import numpy

SCALARS = "generic number integer signedinteger unsignedinteger inexact floating complexfloating flexible character"
TYPES = {
    "numpy": ("ndarray dtype ufunc flatiter broadcast " + SCALARS).split(),
    "numpy.random.mtrand": ["RandomState"],
    "numpy.random.generator": ["Generator"],
    "numpy.random._generator": ["Generator"],
    "numpy.random.bit_generator": ["BitGenerator", "SeedSequence", "SeedlessSequence"],
    "numpy.random._bit_generator": ["BitGenerator", "SeedSequence", "SeedlessSequence"],
}
CAPSULES = {"multiarray": ["_ARRAY_API"], "umath": ["_UFUNC_API"], "_multiarray_umath": ["_ARRAY_API", "_UFUNC_API"]}


def module(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def version_numbers():
    """What slots 0 and 211 of the C-API table return."""
    capsule = module("numpy.core.multiarray")._ARRAY_API
    if sys.version_info[0] == 2:
        get, arguments = ctypes.pythonapi.PyCObject_AsVoidPtr, (capsule,)
        get.argtypes = [ctypes.py_object]
    else:
        get, arguments = ctypes.pythonapi.PyCapsule_GetPointer, (capsule, None)
        get.argtypes = [ctypes.py_object, ctypes.c_char_p]
    get.restype = ctypes.c_void_p
    table = ctypes.cast(get(*arguments), ctypes.POINTER(ctypes.c_void_p))
    return [ctypes.CFUNCTYPE(ctypes.c_uint)(table[slot])() for slot in (0, 211)]


def type_sizes():
    sizes = {}
    for name, types in TYPES.items():
        for each in types if module(name) else ():
            sizes[name + "." + each] = getattr(module(name), each).__basicsize__
    return sizes


def path_state(path, shim_texts):
    states = set()
    for capsule in CAPSULES[path.split(".")[-1]]:
        try:
            getattr(importlib.import_module(path), capsule)
            states.add("works")
        except AttributeError:
            states.add("no " + capsule)
        except ImportError as error:
            there = path in sys.modules
            states.add("refuses" if there else "absent")
            if there:
                shim_texts.add(str(error))
    return "/".join(sorted(states))


def main():
    warnings.simplefilter("ignore")
    standard_error = os.dup(2)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # the shim of NumPy 2 prints a traceback
    shim_texts = set()
    paths = {}
    for folder in ("numpy.core.", "numpy._core."):
        for name in CAPSULES:
            paths[folder + name] = path_state(folder + name, shim_texts)
    os.dup2(standard_error, 2)
    abi, api = version_numbers()
    print(json.dumps({
        "python": "%d.%d" % sys.version_info[:2],
        "version": numpy.__version__,
        "abi": abi,
        "api": api,
        "sizes": type_sizes(),
        "import_paths": paths,
        "shim_text": "/".join(sorted(shim_texts)),
    }))


if __name__ == "__main__":
    main()
