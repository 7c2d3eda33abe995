/* What numpy/npy_math.h declares is not to be seen here. */
#define NUMPY_CORE_INCLUDE_NUMPY_NPY_MATH_H_
#define __NPY_MATH_C99_H_
#include <Python.h>
#include <numpy/arrayobject.h>

int less(int a, int b) {
  return NPY_MIN(a, b);
}

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
