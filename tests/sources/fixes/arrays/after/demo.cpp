// Members of arrays, also through references.
#include <Python.h>
#define NPY_NO_DEPRECATED_API 0
#include <numpy/arrayobject.h>
#if NPY_ABI_VERSION < 0x02000000
#define PyDataType_ELSIZE(descr) ((descr)->elsize)
#endif

#include <algorithm>

static double sum(PyArrayObject *a) {
  double total = 0;
  const npy_intp n = PyArray_DIMS(a)[0], step = PyArray_STRIDES(a)[0];
  for (npy_intp i = 0; i < n; ++i) total += *(double *)(PyArray_BYTES(a) + i * step);
  double *first = (double *)PyArray_DATA(a);
  double *second = reinterpret_cast<double *>(PyArray_DATA(a));
  return total + *first + *second + PyArray_NDIM(a);
}

static int of_reference(PyArrayObject &a) {
  int nd = PyArray_NDIM(&a);
  auto size = (int)PyDataType_ELSIZE(PyArray_DESCR(&a));
  int largest = std::max<int>(+(int)PyDataType_ELSIZE(PyArray_DESCR(&a)), 4);
  PyArrayObject *b = (PyArrayObject *)PyArray_BASE(&a);
  return nd + size + largest + (b ? PyArray_NDIM(b) : 0);
}

static void flags(PyArrayObject *a) {
  PyArray_ENABLEFLAGS(a, NPY_ARRAY_WRITEABLE);
  PyArray_CLEARFLAGS(a, NPY_ARRAY_OWNDATA);
  if (!(PyArray_FLAGS(a) & NPY_ARRAY_C_CONTIGUOUS)) PyArray_BYTES(a)[0] = 1;
}

int use(PyArrayObject *a, PyArrayObject &b) {
  flags(a);
  return (int)sum(a) + of_reference(b);
}

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
