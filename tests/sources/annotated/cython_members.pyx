# targets: 1.26, 2.0, 2.5
cimport numpy as np
from numpy cimport npy_cdouble, complex128_t

np.import_array()


def take(np.ndarray array, np.dtype kind):
    array.data = <char *> 0  # expect: NPY462
    array.base = NULL  # expect: NPY462
    kind.itemsize = 3  # expect: NPY462 @2.0,2.5
    if array.data == NULL:
        return kind.itemsize + kind.type_num
    return array.shape[0] + array.ndim


cdef double real_part(npy_cdouble value, complex128_t other):
    value.imag = 0  # expect: NPY462 @2.0,2.5
    return value.real + other.real  # expect: NPY462 @2.0,2.5


cdef class Holder:
    cdef object data

    def __init__(self, array):
        self.data = array
        array.data = None
