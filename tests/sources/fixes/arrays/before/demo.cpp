// Members of arrays, also through references.
#include <Python.h>
#define NPY_NO_DEPRECATED_API 0
#include <numpy/arrayobject.h>

#include <algorithm>

static double sum(PyArrayObject *a) {
  double total = 0;
  const npy_intp n = a->dimensions[0], step = a->strides[0];
  for (npy_intp i = 0; i < n; ++i) total += *(double *)(a->data + i * step);
  double *first = (double *)a->data;
  double *second = reinterpret_cast<double *>(a->data);
  return total + *first + *second + a->nd;
}

static int of_reference(PyArrayObject &a) {
  int nd = a.nd;
  auto size = a.descr->elsize;
  int largest = std::max<int>(+a.descr->elsize, 4);
  PyArrayObject *b = (PyArrayObject *)a.base;
  return nd + size + largest + (b ? b->nd : 0);
}

static void flags(PyArrayObject *a) {
  a->flags |= NPY_ARRAY_WRITEABLE;
  a->flags &= ~NPY_ARRAY_OWNDATA;
  if (!(a->flags & NPY_ARRAY_C_CONTIGUOUS)) a->data[0] = 1;
}

int use(PyArrayObject *a, PyArrayObject &b) {
  flags(a);
  return (int)sum(a) + of_reference(b);
}

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
