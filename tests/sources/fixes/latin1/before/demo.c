/* été */
#include <Python.h>
#include <numpy/arrayobject.h>

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}

int use(PyArray_Descr *d) {
  const char *s = "é"; return d->elsize + s[0];  /* ü */ }