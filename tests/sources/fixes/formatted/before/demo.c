#include <Python.h>
#include <numpy/arrayobject.h>

int   stays( int x ){ return  x ; }

int use(PyArray_Descr *first, PyArray_Descr *second, int n) {
  return first->elsize * n + second->elsize * n + n;
}

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
