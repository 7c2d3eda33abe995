#include <Python.h>
#include <numpy/arrayobject.h>

PyObject *part(PyObject *self, PyObject *o) {
  (void)self;
  return PyArray_FROM_O(o);
}
