// targets: 1.26, 2.0
#include <Python.h>
#include <numpy/arrayobject.h>

template <int type>
PyObject *empty(npy_intp size) {
  return PyArray_SimpleNew(1, &size, type);  // expect: NPY401
}

template <int type>
PyObject *never_instantiated(npy_intp size) {
  return PyArray_SimpleNew(1, &size, type);
}

PyObject *doubles(npy_intp size) {
  return empty<NPY_DOUBLE>(size);
}
