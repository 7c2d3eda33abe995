/* targets: 1.26, 2.0 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <numpy/arrayobject.h>
static PyObject *work(PyObject *self, PyObject *o) { (void)self; return PyArray_FROM_O(o); }
static PyMethodDef methods[] = {{"work", work, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "m", NULL, -1, methods, NULL, NULL, NULL, NULL};
static int init_numpy(void) { import_array1(-1); return 0; }
static int (*const steps[])(void) = {init_numpy};
PyMODINIT_FUNC PyInit_m(void) { for (int i = 0; i < 1; ++i) if (steps[i]() < 0) return NULL; return PyModule_Create(&module); }
