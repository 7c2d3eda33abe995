/* targets: 1.26, 2.0: whether import_array() is compiled, the build decides: a warning */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <numpy/arrayobject.h>

static PyObject *work(PyObject *self, PyObject *o) {
  (void)self;
  return PyArray_FROM_O(o); /* expect: NPY401 */
}

static PyMethodDef methods[] = {{"work", work, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "m", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_import_behind_build_macro(void) {
#ifdef BUILD_AS_MODULE
  import_array();
#endif
  return PyModule_Create(&module);
}
