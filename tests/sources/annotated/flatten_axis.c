/* targets: 1.26, 2.0, 2.5 */
#include <Python.h>
#include <numpy/arrayobject.h>

#define EVERYTHING NPY_MAXDIMS

static PyObject *mean(PyArrayObject *array) {
  return PyArray_Mean(array, NPY_MAXDIMS, NPY_DOUBLE, NULL); /* expect: NPY441 */
}

static PyObject *joined(PyObject *arrays) {
  return PyArray_Concatenate(arrays, EVERYTHING); /* expect: NPY441 */
}

static PyObject *sum(PyObject *self, PyObject *args) {
  PyArrayObject *array;
  int axis = NPY_MAXDIMS; /* expect: NPY441 */
  (void)self;
  if (!PyArg_ParseTuple(args, "O!|O&", &PyArray_Type, &array, PyArray_AxisConverter, &axis)) return NULL;
  if (axis == NPY_MAXDIMS) return PyArray_Copy(array); /* expect: NPY441 */
  return PyArray_Sum(array, axis, NPY_DOUBLE, NULL);
}

/* The number of dimensions itself. */
static int too_many(PyArrayObject *array, int wanted) {
  npy_intp dims[NPY_MAXDIMS];
  int count = NPY_MAXDIMS;
  for (int i = 0; i < PyArray_NDIM(array); ++i) dims[i] = PyArray_DIM(array, i);
  return PyArray_NDIM(array) == NPY_MAXDIMS || wanted > count || dims[0] == 0;
}

static PyObject *flat_mean(PyArrayObject *array, int axis) {
  return PyArray_Mean(array, axis, NPY_DOUBLE, NULL);
}
