/* targets: 1.26, 2.0 */
#include <Python.h>
#include <numpy/arrayobject.h>
static PyObject *f(PyObject *s, PyObject *a) { if (!PyArray_Check(a)) return NULL; return PyLong_FromLong(PyArray_NDIM((PyArrayObject *)a)); }
static PyMethodDef ms[] = {{"f", f, METH_O, 0}, {0, 0, 0, 0}};
static PyModuleDef md = {PyModuleDef_HEAD_INIT, "new", 0, -1, ms};
PyMODINIT_FUNC PyInit_new(void) { import_array(); return PyModule_Create(&md); }
