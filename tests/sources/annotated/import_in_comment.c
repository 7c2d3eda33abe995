/* targets: 1.26, 2.0: that a comment or text names import_array() fills nothing */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <numpy/arrayobject.h>

static PyObject *work(PyObject *self, PyObject *o) {
  (void)self;
  return PyArray_FROM_O(o); /* expect: NPY401 */
}

static PyMethodDef methods[] = {{"work", work, METH_O, "It needs \"import_array()\""}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "m", NULL, -1, methods, NULL, NULL, NULL, NULL};

// import_array() is missing below.
PyMODINIT_FUNC PyInit_import_in_comment(void) {
  return PyModule_Create(&module);
}
