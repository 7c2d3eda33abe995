"""cimport numpy without a call of import_array(): Cython 3 inserts one, older ones do not."""
cimport numpy as cnp


def middle(cnp.ndarray[cnp.int64_t, ndim=2] values):
    return values[values.shape[0] // 2, values.shape[1] // 2]


def broadcast(cnp.ndarray a, cnp.ndarray b):
    return cnp.PyArray_MultiIterNew(2, <void *>a, <void *>b)
