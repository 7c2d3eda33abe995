/* targets: 1.22, 1.26, 2.0, 2.2 */
#include <Python.h>
#define NPY_TARGET_VERSION 0x00000013 /* expect: NPY430 @1.22,1.26,2.0 */
#define NPY_NO_DEPRECATED_API 0x00000040 /* expect: NPY431 */
#include <numpy/arrayobject.h>
