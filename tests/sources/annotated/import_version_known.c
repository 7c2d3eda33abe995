/* targets: 2.0, 2.5 */
/* Compiled for NumPy 2 alone, nothing asks which NumPy is running. */
#include <Python.h>
#define NPY_TARGET_VERSION NPY_2_0_API_VERSION
#include <numpy/arrayobject.h>

npy_intp item_size(PyArray_Descr *descr) {
  return PyDataType_ELSIZE(descr);
}
