/* targets: 1.26, 2.0, 2.5 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <numpy/arrayobject.h>
#include <numpy/ufuncobject.h>

/* Not compiled, since nothing calls it. */
static inline PyObject *unused_helper(PyObject *o) { return PyArray_Check(o) ? o : NULL; }

#define AS_ARRAY(o) PyArray_FROM_OTF(o, NPY_DOUBLE, NPY_ARRAY_IN_ARRAY)

static PyObject *use(PyObject *self, PyObject *o) {
  (void)self;
  return AS_ARRAY(o); /* expect: NPY401 */
}

static PyObject *make_ufunc(void) {
  return PyUFunc_FromFuncAndData(NULL, NULL, NULL, 0, 1, 1, PyUFunc_None, "f", "", 0); /* expect: NPY401 */
}

static PyMethodDef methods[] = {{"use", use, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "import_missing", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_import_missing(void) {
  PyObject *m = PyModule_Create(&module);
  PyModule_AddObject(m, "f", make_ufunc());
  return m;
}
