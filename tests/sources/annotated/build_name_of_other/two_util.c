/* targets: 1.26, 2.0 */
#include <Python.h>
#include <numpy/arrayobject.h>
PyObject *util2(PyObject *o) {
  return PyArray_FROM_O(o); /* expect: NPY403 */
}
