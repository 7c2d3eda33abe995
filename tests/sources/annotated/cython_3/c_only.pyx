cdef extern from "numpy/arrayobject.h":
    object PyArray_FromAny(object, void *, int, int, int, void *)


# Nothing tells that it is called.
cdef public object as_array(object any):
    return PyArray_FromAny(any, NULL, 0, 0, 0, NULL)  # expect: NPY460
