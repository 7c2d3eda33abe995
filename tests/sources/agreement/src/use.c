#define NO_IMPORT_ARRAY
#define NO_IMPORT_UFUNC
#include "shared.h"

PyObject *make(PyObject *self, PyObject *o) {
  (void)self;
  PyArrayObject *made = (PyArrayObject *)PyArray_FROM_OTF(o, NPY_DOUBLE, NPY_ARRAY_INOUT_ARRAY2);
  if (made == NULL) return NULL;
#if NPY_FEATURE_VERSION >= 0x0000000f /* 1.22 */
  PyObject *handler = PyDataMem_GetHandler();
  Py_XDECREF(handler);
#endif
#ifdef MORE
  PyArray_Zero(made);
#endif
  if (PyArray_ResolveWritebackIfCopy(made) < 0) { /* 1.14 */
    Py_DECREF(made);
    return NULL;
  }
  return (PyObject *)made;
}
