/* targets: 1.19, 1.26, 2.0, 2.5 */
#include <Python.h>
#include <numpy/arrayobject.h>
#include <numpy/npy_interrupt.h> /* expect: NPY412 @1.19,1.26 */ /* expect: NPY413 @2.0,2.5 */

#define WANTED NPY_CONTIGUOUS

static int flags = NPY_ALIGNED;                             /* expect: NPY412 @1.19,1.26,2.0 */ /* expect: NPY410 @2.5 */
static int more = NPY_ARRAY_ALIGNED | NPY_ARRAY_C_CONTIGUOUS;
static int copies(void) { return NPY_ARRAY_UPDATEIFCOPY; }  /* expect: NPY412 @1.19 */ /* expect: NPY410 @1.26,2.0,2.5 */
static int number(void) { return PyArray_DOUBLE; }          /* expect: NPY412 @1.19,1.26 */ /* expect: NPY410 @2.0,2.5 */
static int through_macro(void) { return WANTED; }           /* expect: NPY412 @1.19,1.26,2.0 */ /* expect: NPY410 @2.5 */

/* Asking is no use. */
#ifdef NPY_CONTIGUOUS
static int has_contiguous = 1;
#endif

static PyObject *numeric_ops(void) {
  return PyArray_GetNumericOps(); /* expect: NPY412 @1.19,1.26 */ /* expect: NPY410 @2.0,2.5 */
}

/* Only raises since 1.18. */
static PyObject *make(int n) {
  return PyArray_FromDims(1, &n, NPY_DOUBLE); /* expect: NPY412 @1.19,1.26 */ /* expect: NPY410 @2.0,2.5 */
}

/* The headers rename it for themselves alone. */
static int order(int fortran) {
  return fortran ? NPY_FORTRANORDER : NPY_CORDER;
}
