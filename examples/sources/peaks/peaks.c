/* Where a signal is higher than around: written for NumPy 1. */
#include <Python.h>
#include <numpy/arrayobject.h>

static PyObject* peaks(PyObject* self, PyObject* signal) {
  PyArrayObject* array = (PyArrayObject*)PyArray_FROMANY(signal, NPY_DOUBLE, 1, 1, NPY_CARRAY);
  if (array == NULL) return NULL;

  npy_intp count = array->dimensions[0];
  int step = array->descr->elsize;
  PyArrayObject* found = (PyArrayObject*)PyArray_ZEROS(1, &count, NPY_BOOL, 0);
  const char* at = PyArray_BYTES(array);
  npy_bool* is_peak = PyArray_DATA(found);
  for (npy_intp i = 1; i + 1 < count; ++i) {
    const double before = *(const double*)(at + (i - 1) * step);
    const double here = *(const double*)(at + i * step);
    const double after = *(const double*)(at + (i + 1) * step);
    is_peak[i] = before < here && here >= after;
  }
  Py_DECREF(array);
  return PyArray_Return(found);
}

static PyMethodDef methods[] = {{"peaks", peaks, METH_O, "Where a signal is higher than around."},
                                {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "peaks", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_peaks(void) {
  import_array();
  return PyModule_Create(&definition);
}
