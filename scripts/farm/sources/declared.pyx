"""Declarations of its own instead of NumPy's, as old packages have them: no word about sizes, so that a change only warns."""
cdef extern from "numpy/arrayobject.h":
    ctypedef class numpy.ndarray [object PyArrayObject]:
        pass
    ctypedef class numpy.dtype [object PyArray_Descr]:
        pass
    int _import_array() except -1
    object PyArray_Ravel(ndarray, int)

_import_array()


def flat(ndarray values):
    return PyArray_Ravel(values, 0)


def is_dtype(object it):
    return isinstance(it, dtype)
