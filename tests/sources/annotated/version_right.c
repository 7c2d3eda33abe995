/* targets: 1.22, 1.26, 2.0, 2.5 */
#include <Python.h>
#define MY_TARGET (NPY_1_22_API_VERSION)
#define NPY_TARGET_VERSION MY_TARGET
#define NPY_NO_DEPRECATED_API NPY_API_VERSION
#include <numpy/arrayobject.h>
