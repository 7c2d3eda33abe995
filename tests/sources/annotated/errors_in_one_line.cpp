// targets: 1.26, 2.0: an identifier that nobody declares does not hide what NumPy 2 took away, nor compiles without it
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#define NO_IMPORT_ARRAY
#define PY_ARRAY_UNIQUE_SYMBOL of_another_file
#include <numpy/arrayobject.h>

int member(PyArrayObject *a) {
  return nobodys + PyArray_DESCR(a)->elsize;  // expect: NPY420 @2.0 as warning expect: NPY905
}

int both(PyArrayObject *a) {
  return nobodys + PyArray_NDIM(a);
}
