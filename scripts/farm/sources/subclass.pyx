"""A class that inherits from ndarray: its size must be exact."""
cimport numpy as cnp

cnp.import_array()
cnp.import_umath()


cdef class Measured(cnp.ndarray):
    def unit(self):
        return "m"


def spread(object values):
    return cnp.PyArray_Ptp(values, 0, <cnp.ndarray>NULL)
