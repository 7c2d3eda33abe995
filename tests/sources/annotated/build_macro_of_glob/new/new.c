/* targets: 2.0 */
/* one of the sources that a pattern names */
/* fact: target_version 0x00000012 */
#include <Python.h>
#include <numpy/arrayobject.h>
static PyObject *f(PyObject *s, PyObject *a) {
  if (!PyArray_Check(a)) return NULL;
  return PyLong_FromLong(PyArray_DESCR((PyArrayObject *)a)->elsize); /* expect: NPY420 */
}
static PyMethodDef ms[] = {{"f", f, METH_O, 0}, {0, 0, 0, 0}};
static PyModuleDef md = {PyModuleDef_HEAD_INIT, "new", 0, -1, ms};
PyMODINIT_FUNC PyInit_new(void) { import_array(); return PyModule_Create(&md); }
