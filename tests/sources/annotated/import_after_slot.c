/* targets: 1.26, 2.0 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#include <numpy/arrayobject.h>

static PyMethodDef methods[] = {{NULL, NULL, 0, NULL}};

static PyObject *zeros(void) {
  npy_intp shape[1] = {3};
  return PyArray_SimpleNew(1, shape, NPY_DOUBLE); /* expect: NPY402 */
}

static int add(PyObject *m) { return PyModule_AddObject(m, "zeros", zeros()); }

static int import(PyObject *m) {
  (void)m;
  import_array1(-1);
  return 0;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)add}, {Py_mod_exec, (void *)import}, {0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "m", NULL, 0, methods, slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_import_after_slot(void) { return PyModuleDef_Init(&module); }
