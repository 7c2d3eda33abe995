#define NO_IMPORT_ARRAY
#include <Python.h>
#include <numpy/arrayobject.h>

PyObject *make(void) {
  npy_intp size = 3;
  return PyArray_SimpleNew(1, &size, NPY_DOUBLE);
}
