/* targets: 1.26, 2.0, 2.5 */
#include <Python.h>
#include <numpy/arrayobject.h>

/* In NumPy 2.0 numpy/npy_math.h alone declares the one, and nothing the other. */
static int most(int a, int b) {
  return PyArray_MAX(a, b); /* expect: NPY410 @2.0,2.5 */
}

static int both(int a, int b) {
  return PyArray_MAX(a, b) + NPY_MIN(a, b); /* expect: NPY412 @1.26 */ /* expect: NPY410 @2.0,2.5 */
}
