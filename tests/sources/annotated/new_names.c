/* targets: 1.26, 2.0, 2.5 */
#include <Python.h>
#include <numpy/arrayobject.h>
#include <numpy/ufuncobject.h>
#include <numpy/npy_2_compat.h> /* expect: NPY413 @1.26 */

static int axis(void) { return NPY_RAVEL_AXIS; } /* expect: NPY410 @1.26 */

static PyArray_DescrProto prototype; /* expect: NPY410 @1.26 */

static int size_of(PyArray_Descr *descr) {
  return (int)PyDataType_ELSIZE(descr); /* expect: NPY410 @1.26 */
}
