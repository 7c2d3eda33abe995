#include <Python.h>
#include <numpy/arrayobject.h>

int use(PyArray_Descr *d) {
  return d->elsize;
}
