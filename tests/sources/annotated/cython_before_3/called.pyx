cimport numpy as cnp  # expect: NPY463 @2.5

cnp.import_array()


def make(cnp.npy_intp n):
    return cnp.PyArray_SimpleNew(1, &n, cnp.NPY_DOUBLE)
