/* targets: 1.26, 2.0, 2.5 */
/* What NumPy 2 declares for NumPy 2 alone. */
#include <Python.h>
#define NPY_TARGET_VERSION 0x00000012 /* expect: NPY430 @1.26 */
#include <numpy/arrayobject.h>
#include <numpy/ufuncobject.h>

static int errors(void) { return PyUFunc_GiveFloatingpointErrors("here", 0); /* expect: NPY410 @1.26 */ }
