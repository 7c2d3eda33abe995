/* targets: 2.0, 2.5 */
/* fact: lowest_numpy 2 */
/* fact: target_version 0x00000012 */
#include <Python.h>
#define NPY_TARGET_VERSION NPY_2_0_API_VERSION
#include <numpy/arrayobject.h>
#include <numpy/dtype_api.h>

PyObject *double_class(void) {
  if (PyArray_ImportNumPyAPI() < 0) return NULL;
  return (PyObject *)&PyArray_DoubleDType; /* fact: needs_numpy 2 */
}
