/* targets: 1.26, 2.0, 2.5 */
/* fact: lowest_numpy 1.22 */
/* fact: target_version 0x0000000f */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define NPY_TARGET_VERSION NPY_1_22_API_VERSION
#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#include <numpy/arrayobject.h>

/* What asks for a version first needs none. */
#if NPY_FEATURE_VERSION >= 0x00000012
static int pack(PyArray_Descr *descr, void *item, PyObject *value) { return PyArray_Pack(descr, item, value); }
#endif

#if NPY_FEATURE_VERSION >= NPY_1_22_API_VERSION
PyObject *compiled_for_it(void) { return PyDataMem_GetHandler(); }
#endif

static int asks(void) {
  if (PyArray_GetNDArrayCFeatureVersion() < 0x0000000f) return 0;
  return PyDataMem_SetHandler(NULL) == NULL;
}

static int asks_otherwise(void) {
  return PyArray_GetNDArrayCFeatureVersion() >= 0x0000000f ? PyDataMem_GetHandler() == NULL : 0;
}

static PyObject *use(PyObject *self, PyObject *o) {
  (void)self;
  PyArrayObject *array = (PyArrayObject *)PyArray_FROM_OF(o, NPY_ARRAY_WRITEBACKIFCOPY);
  if (array == NULL) return NULL;
  if (PyArray_ResolveWritebackIfCopy(array) < 0) return NULL; /* fact: needs_numpy 1.14 */
  if (asks() || asks_otherwise()) return NULL;
  return PyDataMem_GetHandler(); /* fact: needs_numpy 1.22 */
}

static PyMethodDef methods[] = {{"use", use, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "lowest_numpy", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_lowest_numpy(void) {
  import_array();
  return PyModule_Create(&module);
}
