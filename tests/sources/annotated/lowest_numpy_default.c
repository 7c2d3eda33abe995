/* targets: 1.16, 1.26, 2.0, 2.2, 2.5 */
/* fact: target_version 0x0000000d @1.16,1.26,2.0 */ /* fact: target_version 0x0000000e @2.2 */ /* fact: target_version 0x00000011 @2.5 */
/* fact: lowest_numpy 1.6 */
/* NumPy 2's accessors look at the version that is running; the function of NumPy 2 behind them raises nothing. */
#include <Python.h>
#include <numpy/arrayobject.h>

PyObject *item(PyArrayObject *array) {
  import_array1(NULL);
  return PyArray_GETITEM(array, PyArray_BYTES(array));
}

int copy(PyArrayObject *to, PyArrayObject *from) { return PyArray_CopyInto(to, from); }
