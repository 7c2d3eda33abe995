#include <Python.h>
#define NO_IMPORT_ARRAY
#define PY_ARRAY_UNIQUE_SYMBOL demo_ARRAY_API
#include <numpy/arrayobject.h>

#include "demo.h"

int two(PyArray_Descr *d) { return width(d) + d->alignment; }
