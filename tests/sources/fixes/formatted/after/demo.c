#include <Python.h>
#include <numpy/arrayobject.h>
#if NPY_ABI_VERSION < 0x02000000
#define PyDataType_ELSIZE(descr) ((descr)->elsize)
#endif

int   stays( int x ){ return  x ; }

int use(PyArray_Descr *first, PyArray_Descr *second, int n) {
  return PyDataType_ELSIZE(first) * n +
         PyDataType_ELSIZE(second) * n + n;
}

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
