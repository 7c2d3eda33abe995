/* targets: 1.26, 2.0, 2.5 */
#include <Python.h>
#include <numpy/arrayobject.h>
#include <numpy/ndarrayobject.h>

static PyObject *size_without(PyArrayObject *array) {
  npy_intp size;
  Py_BEGIN_ALLOW_THREADS
  size = PyArray_Size((PyObject *)array); /* expect: NPY452 */
  Py_END_ALLOW_THREADS
  return PyLong_FromSsize_t(size + PyArray_Size((PyObject *)array));
}

static PyObject *with_numpy_macros(PyArrayObject *array, char *item) {
  PyObject *value = NULL;
  NPY_BEGIN_THREADS_DEF;
  NPY_BEGIN_THREADS;
  if (PyArray_NDIM(array) > 0) value = PyArray_GETITEM(array, item); /* expect: NPY452 */
  NPY_END_THREADS;
  return value;
}

static void fill(PyArrayObject *array) {
  NPY_BEGIN_ALLOW_THREADS
  for (npy_intp i = 0; i < PyArray_SIZE(array); ++i) *(char *)PyArray_GETPTR1(array, i) = 0;
  NPY_END_ALLOW_THREADS
}

static PyObject *taken_again(PyArrayObject *array) {
  PyObject *copy = NULL;
  NPY_BEGIN_ALLOW_THREADS
  if (PyArray_NDIM(array) == 0) {
    NPY_ALLOW_C_API_DEF
    NPY_ALLOW_C_API;
    copy = PyArray_NewCopy(array, NPY_CORDER);
    NPY_DISABLE_C_API;
  }
  NPY_END_ALLOW_THREADS
  return copy;
}

static PyObject *sometimes(PyArrayObject *array) {
  NPY_BEGIN_THREADS_DEF;
  if (PyArray_SIZE(array) > 500) NPY_BEGIN_THREADS;
  NPY_END_THREADS;
  return PyArray_NewCopy(array, NPY_CORDER);
}

static void restarted(NpyIter *iter) {
  char *error = NULL;
  NPY_BEGIN_ALLOW_THREADS
  NpyIter_Reset(iter, &error);
  NPY_END_ALLOW_THREADS
}
