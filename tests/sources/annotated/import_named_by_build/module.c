/* targets: 1.26, 2.0 */
/* The name that joins both tables is made by setup.py. */
#include <Python.h>
#include <numpy/arrayobject.h>

PyObject *make(void);

static PyObject *call_make(PyObject *self, PyObject *none) { return make(); }

static PyMethodDef methods[] = {{"make", call_make, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "module", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_module(void) {
  import_array();
  return PyModule_Create(&definition);
}
