#include <Python.h>
#define NO_IMPORT_ARRAY
#include <numpy/arrayobject.h>

#include "demo.h"

int two(PyArray_Descr *d) { return width(d) + d->alignment; }
