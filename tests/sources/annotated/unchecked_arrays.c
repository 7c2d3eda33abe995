/* targets: 1.26, 2.0, 2.5 */
#include <Python.h>
#include <numpy/arrayobject.h>
#include <string.h>

#define CONVERT(object) ((PyArrayObject *)PyArray_FROM_OTF(object, NPY_DOUBLE, NPY_ARRAY_IN_ARRAY))

static double first(PyObject *object) {
  PyArrayObject *array = (PyArrayObject *)PyArray_FROM_OTF(object, NPY_DOUBLE, NPY_ARRAY_IN_ARRAY);
  double value = *(double *)PyArray_DATA(array); /* expect: NPY450 */
  Py_DECREF(array);
  return value;
}

static npy_intp through_macro(PyObject *object) {
  PyArrayObject *array = CONVERT(object);
  return PyArray_SIZE(array); /* expect: NPY450 */
}

static int other_is_checked(PyObject *a, PyObject *b) {
  PyArrayObject *one, *two;
  one = (PyArrayObject *)PyArray_ContiguousFromObject(a, NPY_DOUBLE, 1, 1);
  two = (PyArrayObject *)PyArray_ContiguousFromObject(b, NPY_DOUBLE, 1, 1);
  if (one == NULL) return -1;
  return PyArray_NDIM(one) + PyArray_NDIM(two); /* expect: NPY450 */
}

static PyObject *zeros(npy_intp n) {
  PyObject *array = PyArray_SimpleNew(1, &n, NPY_DOUBLE);
  memset(PyArray_DATA((PyArrayObject *)array), 0, n * sizeof(double)); /* expect: NPY450 */
  return array;
}

static int on_one_way(PyObject *object, int check) {
  PyArrayObject *array = (PyArrayObject *)PyArray_FROM_O(object);
  if (check) {
    if (array == NULL) return -1;
  }
  return PyArray_NDIM(array); /* expect: NPY450 */
}

/* From here on all look. */
static int checked(PyObject *a, PyObject *b) {
  PyArrayObject *one = CONVERT(a), *two = NULL;
  int dims = -1;
  if (!one) return -1;
  if ((two = CONVERT(b)) == NULL) goto end;
  dims = PyArray_NDIM(one) + PyArray_NDIM(two);
end:
  Py_XDECREF(one);
  Py_XDECREF(two);
  return dims;
}

static int both_in_one(PyObject *a, PyObject *b) {
  PyArrayObject *one = CONVERT(a);
  PyArrayObject *two = CONVERT(b);
  int dims = -1;
  if (one != NULL && two != NULL) dims = PyArray_NDIM(one) + PyArray_NDIM(two);
  Py_XDECREF(one);
  Py_XDECREF(two);
  return dims;
}

static int by_error(PyObject *object) {
  PyArrayObject *array = CONVERT(object);
  if (PyErr_Occurred()) return -1;
  return PyArray_NDIM(array);
}

static int is_good(PyArrayObject *array) {
  return array != NULL;
}

static int by_function(PyObject *object) {
  PyArrayObject *array = CONVERT(object);
  if (!is_good(array)) return -1;
  return PyArray_NDIM(array);
}

static int in_condition(PyObject *object) {
  PyArrayObject *array = CONVERT(object);
  return array ? PyArray_NDIM(array) : -1;
}

static PyObject *handed_on(npy_intp n) {
  return PyArray_SimpleNew(1, &n, NPY_DOUBLE);
}

static PyArrayObject *again(PyObject *object, PyArrayObject *other) {
  PyArrayObject *array = CONVERT(object);
  Py_XDECREF(array);
  array = other;
  return PyArray_NDIM(array) > 0 ? array : NULL;
}
