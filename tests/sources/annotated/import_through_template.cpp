/* targets: 1.26, 2.0 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <numpy/arrayobject.h>
static PyObject *work(PyObject *self, PyObject *o) { (void)self; return PyArray_FROM_O(o); }
static PyMethodDef methods[] = {{"work", work, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "m", NULL, -1, methods, NULL, NULL, NULL, NULL};
template <class T> struct Module { static int numpy() { import_array1(-1); return 0; } static PyObject *create() { return numpy() < 0 ? NULL : PyModule_Create(&module); } };
PyMODINIT_FUNC PyInit_m(void) { return Module<int>::create(); }
