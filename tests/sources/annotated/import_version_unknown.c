/* targets: 1.26, 2.0, 2.5 */
/* What NumPy 2's headers read by the version that is running, they read as NumPy 1 has it where nothing asked for it. */
#include <Python.h>
#include <numpy/arrayobject.h>
#if NPY_ABI_VERSION < 0x02000000
#define PyDataType_ELSIZE(descr) ((descr)->elsize)
#endif

npy_intp item_size(PyArray_Descr *descr) {
  return PyDataType_ELSIZE(descr); /* expect: NPY401 @2.0,2.5 */
}
