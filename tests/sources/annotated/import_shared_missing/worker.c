#include <Python.h>
#define PY_ARRAY_UNIQUE_SYMBOL import_shared_missing_API
#define NO_IMPORT_ARRAY
#include <numpy/arrayobject.h>

PyObject *worker(PyObject *self, PyObject *o) {
  (void)self;
  return PyArray_FROM_O(o); /* expect: NPY401 */
}
