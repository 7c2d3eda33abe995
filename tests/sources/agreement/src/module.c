#include "shared.h"

#include <assert.h>

static void twice(char **data, npy_intp const *count, npy_intp const *strides, void *unused_data) {
  (void)unused_data;
  for (npy_intp i = 0; i < count[0]; ++i) *(double *)(data[1] + i * strides[1]) = 2 * *(double *)(data[0] + i * strides[0]);
}

static PyUFuncGenericFunction loops[] = {(PyUFuncGenericFunction)twice};
static char types[] = {NPY_DOUBLE, NPY_DOUBLE};
static void *data[] = {NULL};

static PyMethodDef methods[] = {{"make", make, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "agreement", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_agreement(void) {
  import_array();
  import_umath();
  PyObject *module = PyModule_Create(&definition);
  if (module == NULL) return NULL;
  assert(PyArray_DescrFromType(NPY_DOUBLE) != NULL);
  PyObject *ufunc = PyUFunc_FromFuncAndDataAndSignature(loops, data, types, 1, 1, 1, PyUFunc_None, "twice", "", 0, NULL);
  if (ufunc == NULL || PyModule_AddObject(module, "twice", ufunc) < 0) return NULL;
  return module;
}
