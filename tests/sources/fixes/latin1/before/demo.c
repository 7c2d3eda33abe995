/* été */
#include <Python.h>
#include <numpy/arrayobject.h>

int use(PyArray_Descr *d) {
  const char *s = "é"; return d->elsize + s[0];  /* ü */ }