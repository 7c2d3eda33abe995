/* targets: 1.26, 2.0, 2.5 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define PY_ARRAY_UNIQUE_SYMBOL import_shared_missing_API
#include <numpy/arrayobject.h>

PyObject *worker(PyObject *self, PyObject *o);

static PyMethodDef methods[] = {{"worker", worker, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "import_shared_missing", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_import_shared_missing(void) {
  return PyModule_Create(&module);
}
