/* targets: 1.26, 2.0 */
#include <Python.h>
#include <numpy/arrayobject.h>

/* NumPy 2 includes complex.h. */
static npy_intp last(PyArrayObject *array) {
  npy_intp I; /* expect: NPY411 @2.0 */
  I = PyArray_SIZE(array) - 1; /* expect: NPY411 @2.0 */
  return I;
}
