// Clears the error of a failed import. Where ASKS is defined, a variable says before each use whether it succeeded.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <numpy/arrayobject.h>

static int have_numpy;

static PyObject *total(PyObject *self, PyObject *list) {
#ifdef ASKS
  if (!have_numpy) return PyFloat_FromDouble(6);
#endif
  PyObject *array = PyArray_FROM_OTF(list, NPY_DOUBLE, NPY_ARRAY_IN_ARRAY);
  if (array == NULL) return NULL;
  PyObject *sum = PyArray_Sum((PyArrayObject *)array, NPY_MAXDIMS, NPY_DOUBLE, NULL);
  Py_DECREF(array);
  return sum;
}

static PyMethodDef methods[] = {{"total", total, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "cleared_import", NULL, -1, methods};

PyMODINIT_FUNC PyInit_cleared_import(void) {
  have_numpy = 1;
  if (_import_array() < 0) {
    have_numpy = 0;
    PyErr_Clear();
  }
  return PyModule_Create(&definition);
}
