// Takes the table from the capsule without asking which NumPy it is of, and calls a function that NumPy 2 removed
// (PyArray_CopyAndTranspose) and one that it kept (PyArray_Size).
#include <Python.h>

static void **api;

static PyObject *transposed(PyObject *self, PyObject *array) {
  (void)self;
  return ((PyObject * (*)(PyObject *)) api[171])(array);
}
static PyObject *size(PyObject *self, PyObject *array) {
  (void)self;
  return PyLong_FromSsize_t(((Py_ssize_t(*)(PyObject *))api[59])(array));
}

static PyMethodDef methods[] = {{"transposed", transposed, METH_O, NULL}, {"size", size, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "capsule_calls", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_capsule_calls(void) {
  PyObject *numpy = PyImport_ImportModule("numpy.core.multiarray");
  if (numpy == NULL) return NULL;
  PyObject *capsule = PyObject_GetAttrString(numpy, "_ARRAY_API");
  Py_DECREF(numpy);
  if (capsule == NULL) return NULL;
  api = (void **)PyCapsule_GetPointer(capsule, NULL);
  Py_DECREF(capsule);
  return api == NULL ? NULL : PyModule_Create(&definition);
}
