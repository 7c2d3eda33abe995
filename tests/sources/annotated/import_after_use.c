/* targets: 1.26, 2.0 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#include <numpy/arrayobject.h>

static PyMethodDef methods[] = {{NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "m", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_import_after_use(void) {
  npy_intp shape[1] = {3};
  PyObject *m = PyModule_Create(&module);
  if (m == NULL) return NULL;
  PyModule_AddObject(m, "zeros", PyArray_SimpleNew(1, shape, NPY_DOUBLE)); /* expect: NPY402 */
  import_array();
  return m;
}
