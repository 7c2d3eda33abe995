#define NO_IMPORT_ARRAY
#include <shared/kernels.h>

PyObject *scaled(PyArrayObject *input, double factor) {
  npy_intp size = PyArray_SIZE(input);
  PyArrayObject *output = (PyArrayObject *)PyArray_SimpleNew(PyArray_NDIM(input), PyArray_DIMS(input), NPY_DOUBLE);
  if (output == NULL) return NULL;
  const double *from = PyArray_DATA(input);
  double *to = PyArray_DATA(output);
  pair both = {0, 0};
  for (npy_intp i = 0; i < size; ++i) to[i] = from[i] * factor + both.real;
  double I = factor; /* expect: NPY411 @2.0,2.5 */
  to[0] *= I;
  return (PyObject *)output;
}
