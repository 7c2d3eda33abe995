# targets: 1.26, 2.0
from numpy cimport npy_intp, NPY_DOUBLE, PyArray_SimpleNew


def make(npy_intp n):
    return PyArray_SimpleNew(1, &n, NPY_DOUBLE)  # expect: NPY460
