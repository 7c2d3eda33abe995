#include <Python.h>
#include <numpy/arrayobject.h>
#include "demo.h"

int one(PyArray_Descr *d) { return width(d); }
