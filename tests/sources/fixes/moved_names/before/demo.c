#include <Python.h>
#include <numpy/arrayobject.h>

int between(int low, int value, int high) {
  return NPY_MAX(low, NPY_MIN(value, high));
}

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
