/* targets: 1.26, 2.0, 2.5: headers declare them for NPY_TARGET_VERSION 2.0 only, and C lets the call pass */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#include <numpy/arrayobject.h>

static PyObject *work(PyObject *self, PyObject *o) {
  (void)self;
  NpyString_release_allocator(0); /* expect: NPY410 */
  NpyString_release_allocator(0);
  of_another_file(1); NpyString_release_allocators(0, 0); /* expect: NPY410 */
  return PyArray_FROM_O(o);
}

static PyMethodDef methods[] = {{"work", work, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "m", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_hidden_functions(void) {
  import_array();
  return PyModule_Create(&module);
}
