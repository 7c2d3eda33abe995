# targets: 1.22, 1.26, 2.0, 2.5
cdef extern from "numpy/arrayobject.h":
    ctypedef class numpy.dtype [object PyArray_Descr]:
        cdef int type_num
        cdef int itemsize "elsize"
        cdef int alignment  # expect: NPY462 @2.0,2.5
        cdef object names
    ctypedef int npy_intp
    object PyArray_SimpleNew(int, npy_intp *, int)
    object PyArray_FieldNames(object)
    enum:
        NPY_UPDATEIFCOPY
        NPY_DOUBLE
    void import_array()

import_array()


def size_of(dtype kind, other):
    return kind.itemsize + kind.type_num + other.alignment  # expect: NPY462 @2.0,2.5


def make(npy_intp n):
    return PyArray_SimpleNew(1, &n, NPY_DOUBLE), NPY_UPDATEIFCOPY  # expect: NPY412 @1.22  expect: NPY410 @1.26,2.0,2.5


def names(array):
    return PyArray_FieldNames(array)  # expect: NPY410 @2.0,2.5
