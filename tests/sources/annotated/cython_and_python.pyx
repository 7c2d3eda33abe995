# targets: 1.26, 2.0, 2.5
import numpy as np
cimport numpy as np

np.import_array()


def kinds(np.ndarray values):
    # What Cython does not find is looked up in the module numpy.
    cdef np.int_t first = 0  # expect: NPY461 @2.0,2.5
    return np.int_t, np.long_t, np.zeros(3, dtype=np.int_), np.float_, first


def fill(np.ndarray values, index, dtype=np.int_t):
    cdef double total = values[index] <np.int_t or values[0] > 3
    return total
