#include <Python.h>
#include <numpy/arrayobject.h>

#define WANTED (NPY_ARRAY_C_CONTIGUOUS | NPY_ARRAY_ALIGNED)
#define TYPE NPY_DOUBLE

PyObject *make(PyObject *o, npy_intp *dims) {
  PyObject *a = PyArray_FROM_OTF(o, TYPE, WANTED | NPY_ARRAY_BEHAVED);
  if (a == NULL) return PyArray_SimpleNew(1, dims, NPY_INT); /* PyArray_INT in a comment */
  if (PyDataType_ISBOOL(PyArray_DESCR((PyArrayObject *)a))) return PyErr_Format(PyExc_TypeError, "no NPY_BEHAVED");
  return a;
}

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
