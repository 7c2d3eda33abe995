/* targets: 1.26, 2.0 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <numpy/arrayobject.h>

static PyObject *use(PyObject *self, PyObject *o) {
  (void)self;
  return PyArray_FROM_O(o);
}

int init_numpy(void) {
  import_array1(-1); /* expect: NPY402 */
  return 0;
}

static PyMethodDef methods[] = {{"use", use, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "import_exported", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_import_exported(void) { return PyModule_Create(&module); }
