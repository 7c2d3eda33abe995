/* targets: 1.26, 2.0, 2.5 */
#include <Python.h>
#include <numpy/arrayobject.h>
#include <string.h>

#define MOST 32

static npy_intp by_loop(PyArrayObject *array) {
  npy_intp dims[MOST];
  int n = PyArray_NDIM(array);
  for (int i = 0; i < n; ++i) {
    dims[i] = PyArray_DIM(array, i); /* expect: NPY441 @2.0,2.5 */
  }
  return dims[0];
}

static npy_intp by_copy(PyArrayObject *array) {
  npy_intp dims[MOST];
  memcpy(dims, PyArray_DIMS(array), PyArray_NDIM(array) * sizeof(npy_intp)); /* expect: NPY441 @2.0,2.5 */
  return dims[0];
}

static npy_intp compared(PyArrayObject *array) {
  npy_intp dims[MOST];
  if (PyArray_NDIM(array) > MOST) return 0;
  for (int i = 0; i < PyArray_NDIM(array); ++i) dims[i] = PyArray_DIM(array, i);
  return dims[0];
}

static npy_intp as_long_as_headers_say(PyArrayObject *array) {
  npy_intp dims[NPY_MAXDIMS];
  for (int i = 0; i < PyArray_NDIM(array); ++i) dims[i] = PyArray_DIM(array, i);
  return dims[0];
}

/* Whoever writes this knows more about the array. */
static npy_intp image(PyArrayObject *array) {
  npy_intp dims[3];
  for (int i = 0; i < PyArray_NDIM(array); ++i) dims[i] = PyArray_DIM(array, i);
  return dims[0];
}
