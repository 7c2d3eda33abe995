/* targets: 1.26, 2.0: nothing here surely comes before the import */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#include <numpy/arrayobject.h>

static PyMethodDef methods[] = {{NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "m", NULL, -1, methods, NULL, NULL, NULL, NULL};

static PyObject *zeros(void) {
  npy_intp shape[1] = {3};
  return PyArray_SimpleNew(1, shape, NPY_DOUBLE);
}

static int imported;

static int import_once(void) {
  if (!imported) {
    import_array1(-1);
    imported = 1;
  }
  return 0;
}

static int use_later(PyObject *m, PyObject *(*make)(void)) { return PyModule_AddObject(m, "make", (PyObject *)make); }

PyMODINIT_FUNC PyInit_import_perhaps_after_use(void) {
  PyObject *m = PyModule_Create(&module);
  PyObject *z = imported ? zeros() : NULL;
  if (imported) z = zeros();
  if (imported && zeros() == NULL) return NULL;
  while (imported && z == NULL) z = zeros();
  use_later(m, zeros);
  (void)sizeof(zeros());
  if (imported) goto import;
  if (import_once() < 0) return NULL;
  z = zeros();
import:
  import_array();
  return zeros() == z ? NULL : m;
}
