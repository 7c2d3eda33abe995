/* targets: 1.22, 2.0, 2.5 */
/* Macros that only read the array need no table, and neither does a check of the pointer. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <numpy/arrayobject.h>

static PyObject *use(PyObject *self, PyObject *o) {
  (void)self;
  if (PyArray_API == NULL) return PyLong_FromLong(PyArray_NDIM((PyArrayObject *)o));
  return PyLong_FromVoidPtr(PyArray_DATA((PyArrayObject *)o));
}

static PyMethodDef methods[] = {{"use", use, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "import_not_needed", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_import_not_needed(void) { return PyModule_Create(&module); }
