/* targets: 1.26, 2.0 */
/* Whoever fills the table himself needs no import_array(). */
#include <Python.h>
#include <numpy/arrayobject.h>

int fetch_numpy(void) {
  PyObject *numpy = PyImport_ImportModule("numpy.core.multiarray");
  PyObject *capsule = numpy ? PyObject_GetAttrString(numpy, "_ARRAY_API") : NULL;
  if (capsule == NULL) return -1;
  PyArray_API = (void **)PyCapsule_GetPointer(capsule, NULL);
  return PyArray_API == NULL ? -1 : 0;
}

PyObject *zeros(npy_intp size) { return PyArray_ZEROS(1, &size, NPY_DOUBLE, 0); }
