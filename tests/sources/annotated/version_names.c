/* targets: 1.22, 1.26, 2.0, 2.2 */
#include <Python.h>
#define NPY_TARGET_VERSION NPY_1_26_API_VERSION /* expect: NPY432 */
#define NPY_NO_DEPRECATED_API NPY_2_1_API_VERSION /* expect: NPY432 @1.22,1.26,2.0 */
#include <numpy/arrayobject.h>
