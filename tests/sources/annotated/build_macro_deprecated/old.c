/* targets: 1.26, 2.0 */
#include <Python.h>
#include <numpy/arrayobject.h>
static PyObject *f(PyObject *s, PyObject *a) {
  if (!PyArray_Check(a)) return NULL;
  return PyLong_FromLong(((PyArrayObject *)a)->nd); /* expect: NPY420 */
}
static PyMethodDef ms[] = {{"f", f, METH_O, 0}, {0, 0, 0, 0}};
static PyModuleDef md = {PyModuleDef_HEAD_INIT, "old", 0, -1, ms};
PyMODINIT_FUNC PyInit_old(void) { import_array(); return PyModule_Create(&md); }
