/* targets: 1.26, 2.0 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <numpy/arrayobject.h>
static PyObject *work(PyObject *self, PyObject *o) { (void)self; return PyArray_FROM_O(o); }
static PyMethodDef methods[] = {{"work", work, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "m", NULL, -1, methods, NULL, NULL, NULL, NULL};
#include <functional>
static int numpy() { return [] () -> int { import_array1(-1); return 0; }(); }
static std::function<int()> f = numpy;
PyMODINIT_FUNC PyInit_m(void) { if (f() < 0) return NULL; return PyModule_Create(&module); }
