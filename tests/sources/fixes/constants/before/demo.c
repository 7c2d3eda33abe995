#include <Python.h>
#include <numpy/arrayobject.h>

#define WANTED (NPY_CONTIGUOUS | NPY_ALIGNED)
#define TYPE PyArray_DOUBLE

PyObject *make(PyObject *o, npy_intp *dims) {
  PyObject *a = PyArray_FROM_OTF(o, TYPE, WANTED | NPY_BEHAVED);
  if (a == NULL) return PyArray_SimpleNew(1, dims, PyArray_INT); /* PyArray_INT in a comment */
  if (PyDescr_ISBOOL(PyArray_DESCR((PyArrayObject *)a))) return PyErr_Format(PyExc_TypeError, "no NPY_BEHAVED");
  return a;
}

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
