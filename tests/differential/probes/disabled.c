// Calls a function whose place newer NumPys keep, with one that only raises.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <numpy/arrayobject.h>

static PyObject *reset(PyObject *self, PyObject *unused) {
  PyArray_SetStringFunction(NULL, 0);
  if (PyErr_Occurred()) return NULL;
  Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"reset", reset, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "disabled", NULL, -1, methods};

PyMODINIT_FUNC PyInit_disabled(void) {
  import_array();
  return PyModule_Create(&definition);
}
