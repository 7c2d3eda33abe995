/* targets: 1.26, 2.0: the name of the table is worked out while the module is built, so that both files share one */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <numpy/arrayobject.h>

PyObject *worker(PyObject *self, PyObject *o);

static PyMethodDef methods[] = {{"worker", worker, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "import_symbol_of_build", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_import_symbol_of_build(void) {
  import_array();
  return PyModule_Create(&module);
}
