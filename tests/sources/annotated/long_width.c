/* targets: 1.26, 2.0, 2.5 */
#include <Python.h>
#include <numpy/arrayobject.h>

static long first(PyObject *object) {
  PyArrayObject *array = (PyArrayObject *)PyArray_FROM_OTF(object, NPY_LONG, NPY_ARRAY_IN_ARRAY); /* expect: NPY442 @2.0,2.5 */
  if (array == NULL) return -1;
  long value = *(long *)PyArray_DATA(array);
  Py_DECREF(array);
  return value;
}

static long forced(PyObject *object) {
  PyArrayObject *array =
      (PyArrayObject *)PyArray_FROM_OTF(object, NPY_LONG, NPY_ARRAY_IN_ARRAY | NPY_ARRAY_FORCECAST);
  if (array == NULL) return -1;
  long value = *(long *)PyArray_DATA(array);
  Py_DECREF(array);
  return value;
}

static npy_intp wide(PyObject *object) {
  PyArrayObject *array = (PyArrayObject *)PyArray_FROM_OTF(object, NPY_INTP, NPY_ARRAY_IN_ARRAY);
  if (array == NULL) return -1;
  npy_intp value = *(npy_intp *)PyArray_DATA(array);
  Py_DECREF(array);
  return value;
}

static int is_integer(PyArrayObject *array) {
  return PyArray_TYPE(array) == NPY_LONG; /* expect: NPY442 @2.0,2.5 */
}

static int is_any_integer(PyArrayObject *array) {
  switch (PyArray_TYPE(array)) {
    case NPY_INT:
    case NPY_LONG:
    case NPY_LONGLONG:
      return 1;
    default:
      return 0;
  }
}

static PyObject *made(npy_intp n) {
  return PyArray_SimpleNew(1, &n, NPY_LONG);
}
