/* targets: 1.26, 2.0 */
#include <Python.h>
#include <numpy/arrayobject.h>
PyObject *util(PyObject *);
static PyObject *f(PyObject *s, PyObject *a) { if (!PyArray_Check(a)) return NULL; return util(a); }
static PyMethodDef ms[] = {{"f", f, METH_O, 0}, {0, 0, 0, 0}};
static PyModuleDef md = {PyModuleDef_HEAD_INIT, "one", 0, -1, ms};
PyMODINIT_FUNC PyInit_one(void) { import_array(); return PyModule_Create(&md); }
