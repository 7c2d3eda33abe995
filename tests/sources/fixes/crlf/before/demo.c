#include <Python.h>
#include <numpy/arrayobject.h>

int use(PyArray_Descr *d) {
  return d->elsize;
}

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
