# targets: 1.19, 1.24, 1.26, 2.0, 2.3
cimport cython
cimport numpy as np
from numpy cimport ndarray, uint_t  # expect: NPY461 @2.0,2.3

np.import_array()

ctypedef np.int_t index_t  # expect: NPY461 @2.0,2.3


def counted(ndarray[np.float64_t, ndim=1] values not None, uint_t n):
    """cdef np.long_t in a text"""
    cdef np.long_t i = 0  # expect: NPY461 @1.26,2.0,2.3
    cdef np.npy_intp size = values.shape[0]
    cdef np.intp_t other = <np.int_t> i  # expect: NPY461 @2.0,2.3
    # np.ulong_t
    return size + sizeof(np.npy_long) + other + i


def flags(ndarray array):
    if np.PyArray_FLAGS(array) & np.NPY_OWNDATA:  # expect: NPY412 @1.19,1.24,1.26,2.0  expect: NPY461 @2.3
        return np.NPY_ARRAY_OWNDATA
    return np.PyArray_GetNumericOps()  # expect: NPY412 @1.19,1.24,1.26  expect: NPY461 @2.0,2.3


def total(ndarray array):
    return np.PyDataType_ELSIZE(array.descr)  # expect: NPY461 @1.19,1.24,1.26


IF UNAME_SYSNAME == "Windows":
    ctypedef np.long_t odd_t
ELSE:
    ctypedef np.intp_t odd_t
