#include <Python.h>
#include <numpy/arrayobject.h>
#if NPY_ABI_VERSION < 0x02000000
#define PyDataType_ELSIZE(descr) ((descr)->elsize)
#endif

int use(PyArray_Descr *d) {
  return PyDataType_ELSIZE(d);
}

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
