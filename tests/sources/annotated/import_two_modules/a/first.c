/* targets: 1.26, 2.0 */
#include <Python.h>
#define PY_ARRAY_UNIQUE_SYMBOL shared_API
#include <numpy/arrayobject.h>
static PyObject *work(PyObject *s, PyObject *a) { return PyArray_FROM_O(a); }
static PyMethodDef ms[] = {{"work", work, METH_O, 0}, {0, 0, 0, 0}};
static PyModuleDef md = {PyModuleDef_HEAD_INIT, "a", 0, -1, ms};
PyMODINIT_FUNC PyInit_a(void) { import_array(); return PyModule_Create(&md); }
