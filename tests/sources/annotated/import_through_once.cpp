/* targets: 1.26, 2.0 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <numpy/arrayobject.h>
static PyObject *work(PyObject *self, PyObject *o) { (void)self; return PyArray_FROM_O(o); }
static PyMethodDef methods[] = {{"work", work, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "m", NULL, -1, methods, NULL, NULL, NULL, NULL};
#include <functional>
#include <mutex>
static std::once_flag once;
PyMODINIT_FUNC PyInit_m(void) { std::call_once(once, [] { if (_import_array() < 0) PyErr_Print(); }); return PyModule_Create(&module); }
