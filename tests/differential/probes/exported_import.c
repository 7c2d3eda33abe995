// import_array() only in a function that is exported: the module's init function calls it where CALLED is defined, a
// method where ASKED is, and otherwise nobody does.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <numpy/arrayobject.h>

__attribute__((visibility("default"), noinline)) int prepare_numpy(void) {
  import_array1(-1);
  return 0;
}

static PyObject *zeros(PyObject *self, PyObject *unused) {
  npy_intp length = 3;
#ifdef ASKED
  if (prepare_numpy() < 0) return NULL;
#endif
  return PyArray_ZEROS(1, &length, NPY_DOUBLE, 0);
}

static PyMethodDef methods[] = {{"zeros", zeros, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "exported_import", NULL, -1, methods};

PyMODINIT_FUNC PyInit_exported_import(void) {
#ifdef CALLED
  if (prepare_numpy() < 0) return NULL;
#endif
  return PyModule_Create(&definition);
}
