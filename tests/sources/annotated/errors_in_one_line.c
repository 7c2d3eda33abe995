/* targets: 1.26, 2.0: one line holds a mistake of its own, and what NumPy 2 took away */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <numpy/arrayobject.h>

int call(PyArrayObject *a) {
  return of_another_file(3) + PyArray_DESCR(a)->elsize; /* expect: NPY420 @2.0 as error */
}

int flag(int flags) {
  return of_another_file(flags) + NPY_ARRAY_UPDATEIFCOPY; /* expect: NPY410 */
}

int own(void) {
  return of_another_file(3);
}

PyObject *table(PyObject *o) {
  import_array();
  return o;
}
