#include <Python.h>
#include <numpy/arrayobject.h>
#include <numpy/ufuncobject.h>

int between(int low, int value, int high) {
  return NPY_MAX(low, NPY_MIN(value, high));
}

int overflows(int status) {
  return (status & UFUNC_FPE_OVERFLOW) != 0;
}

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
