// A ufunc and nothing else, with headers that take it from numpy.core.umath (up to 1.15). With REMOVED it also calls a
// function of that table that NumPy 2 removed.
#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#include <Python.h>
#include <numpy/ndarraytypes.h>
#include <numpy/ufuncobject.h>

static void doubled(char **args, npy_intp *n, npy_intp *steps, void *data) {
  (void)data;
  for (npy_intp i = 0; i < n[0]; ++i) *(double *)(args[1] + i * steps[1]) = 2 * *(double *)(args[0] + i * steps[0]);
}
static PyUFuncGenericFunction loops[] = {(PyUFuncGenericFunction)doubled};
static void *data[] = {NULL};
static char types[] = {NPY_DOUBLE, NPY_DOUBLE};

static PyObject *clear(PyObject *self, PyObject *none) {
  (void)self, (void)none;
#ifdef REMOVED
  PyUFunc_clearfperr();
  return PyLong_FromLong(PyUFunc_getfperr() + (PyUFunc_checkfperr(0, NULL, NULL) != 0));
#else
  Py_RETURN_NONE;
#endif
}
static PyMethodDef methods[] = {{"clear", clear, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "ufunc_only", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_ufunc_only(void) {
  import_umath();
  PyObject *module = PyModule_Create(&definition);
  if (module != NULL)
    PyModule_AddObject(module, "doubled", PyUFunc_FromFuncAndData(loops, data, types, 1, 1, 1, PyUFunc_None, "doubled", NULL, 0));
  return module;
}
