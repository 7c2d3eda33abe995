/* targets: 1.22, 1.26, 2.0, 2.2 */
#include <Python.h>
#define NPY_TARGET_VERSION NPY_2_0_API_VERSION /* expect: NPY430 @1.22,1.26 */ /* expect: NPY432 @1.26 */
#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#include <numpy/arrayobject.h>
