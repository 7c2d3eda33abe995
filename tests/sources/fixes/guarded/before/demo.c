/* What cares for both NumPys already stays. */
#include <Python.h>
#include <numpy/arrayobject.h>

#if NPY_ABI_VERSION < 0x02000000
#define PyDataType_ELSIZE(descr) ((descr)->elsize)
#endif

npy_intp use(PyArray_Descr *d) {
#if NPY_ABI_VERSION < 0x02000000
  npy_intp alignment = d->alignment;
#else
  npy_intp alignment = PyDataType_ALIGNMENT(d);
#endif
  return PyDataType_ELSIZE(d) + alignment + (d->names != NULL);
}

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
