/* targets: 1.26, 2.0; flags: -std=gnu89 */
#include <Python.h>

/* Without NumPy's headers the calls are of symbols that no library has. */
PyObject *work(PyObject *self, PyObject *o) {
  (void)self;
  elsewhere(o);
  return PyArray_Return(o); /* expect: NPY410 */
}
