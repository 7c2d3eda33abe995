/* targets: 2.0, 2.5: numpy/npy_3kcompat.h defines NPY_PY3K up to NumPy 2.0 only */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#include <numpy/arrayobject.h>
#include <numpy/npy_3kcompat.h>

#if defined(NPY_PY3K)
#define TEXT PyUnicode_FromString("3")
static PyObject *text(void) { return PyUnicode_FromString("3"); }
#elif defined(OTHER)
static PyObject *text(void) { return PyString_FromString("1"); }
#else
#ifndef OTHER
static PyObject *text(void) { return PyString_FromString("2"); } /* expect: NPY410 @2.5 as error */
#endif
static int old = sizeof(PyClassObject); /* expect: NPY410 @2.5 as error */
#endif

#if defined(NPY_PY3K) || defined(Py_PYTHON_H)
static int either(void) { char I = 0; return I; } /* expect: NPY411: the condition is not the reason */
#endif

static PyObject *tell(PyObject *self, PyObject *o) {
  (void)self;
  if (o == Py_None) {
    return TEXT; /* expect: NPY411 @2.5 as error */
  }
  return text();
}

#ifndef NPY_PY3K
static const int python = 2;
#else
static const int python = 3;
#endif

static PyMethodDef methods[] = {{"tell", tell, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "m", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_condition_removed(void) {
  import_array();
  return PyModule_Create(&module);
}
