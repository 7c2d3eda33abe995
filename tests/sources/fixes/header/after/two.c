#include <Python.h>
#define NO_IMPORT_ARRAY
#define PY_ARRAY_UNIQUE_SYMBOL demo_ARRAY_API
#include <numpy/arrayobject.h>
#if NPY_ABI_VERSION < 0x02000000
#define PyDataType_ALIGNMENT(descr) ((descr)->alignment)
#endif

#include "demo.h"

int two(PyArray_Descr *d) { return width(d) + PyDataType_ALIGNMENT(d); }
