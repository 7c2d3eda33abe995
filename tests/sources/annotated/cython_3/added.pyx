# targets: 1.26, 2.0, 2.5
cimport numpy as np


# Cython 3 calls import_array() here, and assigns to no property.
def make(np.npy_intp n):
    cdef np.ndarray made = np.PyArray_SimpleNew(1, &n, np.NPY_DOUBLE)
    made.data = NULL  # expect: NPY462
    return made
