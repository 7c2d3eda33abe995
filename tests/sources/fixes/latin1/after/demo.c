/* été */
#include <Python.h>
#include <numpy/arrayobject.h>
#if NPY_ABI_VERSION < 0x02000000
#define PyDataType_ELSIZE(descr) ((descr)->elsize)
#endif

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}

int use(PyArray_Descr *d) {
  const char *s = "é"; return PyDataType_ELSIZE(d) + s[0];  /* ü */ }