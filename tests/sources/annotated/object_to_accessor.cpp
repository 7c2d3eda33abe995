// targets: 1.26, 2.0
#include <Python.h>

#include <numpy/arrayobject.h>

npy_intp *dims(PyObject *array) {
  return PyArray_DIMS(array);  // expect: NPY410 @2.0
}

npy_intp *dims_of(PyObject *array) {
  return PyArray_DIMS(reinterpret_cast<PyArrayObject *>(array));
}
