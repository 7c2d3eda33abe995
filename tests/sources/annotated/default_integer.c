/* targets: 2.0, 2.5 */
#include <Python.h>
#include <numpy/arrayobject.h>

static PyObject *as_long(npy_intp n) {
  PyObject *array = PyArray_SimpleNew(1, &n, NPY_DEFAULT_INT); /* expect: NPY442 */
  if (array == NULL) return NULL;
  long *data = (long *)PyArray_DATA((PyArrayObject *)array);
  for (npy_intp i = 0; i < n; ++i) data[i] = (long)i;
  return array;
}

static PyObject *filled(npy_intp n) {
  PyObject *array = PyArray_SimpleNew(1, &n, NPY_DEFAULT_INT);
  if (array != NULL) PyArray_FILLWBYTE((PyArrayObject *)array, 0);
  return array;
}
