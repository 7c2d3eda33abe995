/* targets: 1.26, 2.0 */
/* Handed out, the function may be called by anyone. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <numpy/arrayobject.h>

static PyObject *use(PyObject *self, PyObject *o) {
  (void)self;
  return PyArray_FROM_O(o);
}

static PyObject *init_numpy(PyObject *self, PyObject *unused) {
  (void)self, (void)unused;
  import_array();
  Py_RETURN_NONE;
}

static PyMethodDef methods[] = {{"use", use, METH_O, NULL}, {"init", init_numpy, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "import_later", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_import_later(void) { return PyModule_Create(&module); }
