#include <Python.h>
#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#define PY_ARRAY_UNIQUE_SYMBOL agreement_API
#define PY_UFUNC_UNIQUE_SYMBOL agreement_UFUNC_API
#include <numpy/arrayobject.h>
#include <numpy/ufuncobject.h>

PyObject* make(PyObject* self, PyObject* o);

/* Nobody calls it: the compiler leaves it out. */
static inline void* unused(void) {
  return PyDataMem_NEW(8);
}
