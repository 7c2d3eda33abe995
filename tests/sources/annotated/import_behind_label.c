/* targets: 1.26, 2.0: what stands behind a return is reached by a jump */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <numpy/arrayobject.h>

static PyObject *work(PyObject *self, PyObject *o) {
  (void)self;
  return PyArray_FROM_O(o);
}

static PyMethodDef methods[] = {{"work", work, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "m", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_import_behind_label(void) {
  PyObject *made = PyModule_Create(&module);
  if (made != NULL) goto fill;
  return NULL;
fill:
  import_array();
  return made;
}
