/* targets: 1.19, 1.26, 2.0, 2.5 */
#include "shared/kernels.h"

static PyObject *call_scaled(PyObject *self, PyObject *args) {
  PyObject *input;
  PyArrayObject *array;
  double factor;
  if (!PyArg_ParseTuple(args, "Od", &input, &factor)) return NULL;
  array = (PyArrayObject *)PyArray_FROM_OTF(input, NPY_DOUBLE, NPY_ARRAY_IN_ARRAY);
  if (array == NULL) return NULL;
  if (ITEM_SIZE(array) != 8) { /* expect: NPY420 */
    Py_DECREF(array);
    return PyErr_Format(PyExc_TypeError, "no doubles");
  }
  PyObject *result = scaled(array, factor);
  Py_DECREF(array);
  return result;
}

static PyMethodDef methods[] = {{"scaled", call_scaled, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_core", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__core(void) {
  import_array();
  return PyModule_Create(&definition);
}
