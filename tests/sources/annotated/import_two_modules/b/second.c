#include <Python.h>
#define PY_ARRAY_UNIQUE_SYMBOL shared_API
#include <numpy/arrayobject.h>
static PyObject *work(PyObject *s, PyObject *a) { return PyArray_FROM_O(a); } /* expect: NPY401 */
static PyMethodDef ms[] = {{"work", work, METH_O, 0}, {0, 0, 0, 0}};
static PyModuleDef md = {PyModuleDef_HEAD_INIT, "b", 0, -1, ms};
PyMODINIT_FUNC PyInit_b(void) { return PyModule_Create(&md); }
