/* targets: 1.26, 2.0 */
#include <Python.h>
#define NO_IMPORT_ARRAY
#include <numpy/arrayobject.h>
PyObject *util(PyObject *o) { return PyArray_FROM_O(o); }
