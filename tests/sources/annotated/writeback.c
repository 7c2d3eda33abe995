/* targets: 1.19, 1.26, 2.0 */
#include <Python.h>
#include <numpy/arrayobject.h>

static int never(PyObject *object) {
  PyArrayObject *array = (PyArrayObject *)PyArray_FROM_OTF(object, NPY_DOUBLE, NPY_ARRAY_INOUT_ARRAY2); /* expect: NPY451 */
  if (array == NULL) return -1;
  *(double *)PyArray_DATA(array) = 1;
  Py_DECREF(array);
  return 0;
}

static int not_on_errors(PyObject *object, PyObject *other) {
  PyArrayObject *array = (PyArrayObject *)PyArray_FROM_OF(object, NPY_ARRAY_CARRAY | NPY_ARRAY_WRITEBACKIFCOPY); /* expect: NPY451 */
  if (array == NULL) return -1;
  if (PyArray_CopyInto(array, (PyArrayObject *)other) < 0) {
    Py_DECREF(array);
    return -1;
  }
  PyArray_ResolveWritebackIfCopy(array);
  Py_DECREF(array);
  return 0;
}

static int resolved(PyObject *object, PyObject *other) {
  PyArrayObject *array = (PyArrayObject *)PyArray_FROM_OTF(object, NPY_DOUBLE, NPY_ARRAY_INOUT_ARRAY2);
  if (array == NULL) goto fail;
  if (PyArray_CopyInto(array, (PyArrayObject *)other) < 0) goto fail;
  PyArray_ResolveWritebackIfCopy(array);
  Py_DECREF(array);
  return 0;
fail:
  if (array != NULL) {
    PyArray_DiscardWritebackIfCopy(array);
    Py_DECREF(array);
  }
  return -1;
}

static PyObject *handed_on(PyObject *object) {
  PyArrayObject *array = (PyArrayObject *)PyArray_FROM_OTF(object, NPY_DOUBLE, NPY_ARRAY_INOUT_ARRAY2);
  return (PyObject *)array;
}

static int read_only(PyObject *object) {
  PyArrayObject *array = (PyArrayObject *)PyArray_FROM_OTF(object, NPY_DOUBLE, NPY_ARRAY_IN_ARRAY);
  if (array == NULL) return -1;
  Py_DECREF(array);
  return 0;
}

/* It asked for UPDATEIFCOPY, which is no more. */
static PyObject *old(PyObject *object) {
  return PyArray_FROM_OTF(object, NPY_DOUBLE, NPY_ARRAY_INOUT_ARRAY); /* expect: NPY412 @1.19 */ /* expect: NPY451 @1.26,2.0 */
}
