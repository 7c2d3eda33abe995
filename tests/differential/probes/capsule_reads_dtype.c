// Takes the table from the capsule without asking which NumPy it is of, and reads a dtype with the structure of its own
// headers.
#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#include <Python.h>
#include <numpy/ndarraytypes.h>

static void **api;

static PyObject *item_size(PyObject *self, PyObject *array) {
  (void)self;
  return PyLong_FromLong(((PyArrayObject_fields *)array)->descr->elsize);
}

static PyMethodDef methods[] = {{"item_size", item_size, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "capsule_reads_dtype", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_capsule_reads_dtype(void) {
  PyObject *numpy = PyImport_ImportModule("numpy.core.multiarray");
  if (numpy == NULL) return NULL;
  PyObject *capsule = PyObject_GetAttrString(numpy, "_ARRAY_API");
  Py_DECREF(numpy);
  if (capsule == NULL) return NULL;
  api = (void **)PyCapsule_GetPointer(capsule, NULL);
  Py_DECREF(capsule);
  return api == NULL ? NULL : PyModule_Create(&definition);
}
