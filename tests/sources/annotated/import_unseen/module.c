/* targets: 1.26, 2.0, 2.5 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

PyObject *worker(PyObject *self, PyObject *o);

static PyMethodDef methods[] = {{"worker", worker, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "import_unseen", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_import_unseen(void) {
  return PyModule_Create(&module);
}
