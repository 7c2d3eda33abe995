"""cimport numpy, with the call of import_array() that its documentation asks for."""
cimport numpy as cnp

cnp.import_array()


def total(cnp.ndarray[cnp.float64_t, ndim=1] values):
    cdef Py_ssize_t i
    cdef double found = 0
    for i in range(values.shape[0]):
        found += values[i]
    return found


def fresh(Py_ssize_t size):
    cdef cnp.npy_intp shape[1]
    shape[0] = size
    return cnp.PyArray_ZEROS(1, shape, cnp.NPY_DOUBLE, 0)
