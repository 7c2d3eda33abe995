/* Reads members and calls nothing of NumPy's: nothing fills what accessors look at. */
#include <Python.h>
#include <numpy/arrayobject.h>

int use(PyArray_Descr *d) { return d->elsize; }
