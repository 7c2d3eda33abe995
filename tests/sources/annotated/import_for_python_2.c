/* targets: 1.26, 2.0 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <numpy/arrayobject.h>

#if PY_MAJOR_VERSION >= 3
#define IS_PY3K
#endif

static PyObject *work(PyObject *self, PyObject *o) {
  (void)self;
  return PyArray_FROM_O(o); /* expect: NPY401 */
}

static PyMethodDef methods[] = {{"work", work, METH_O, NULL}, {NULL, NULL, 0, NULL}};

#if 0
static int left_out(void) { import_array1(-1); return 0; }
#endif

#ifdef IS_PY3K
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "m", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_import_for_python_2(void) { return PyModule_Create(&module); }
#else
PyMODINIT_FUNC initimport_for_python_2(void) {
  Py_InitModule("m", methods);
  import_array();
}
#endif
