// targets: 1.19, 1.22, 2.0, 2.5
#include <Python.h>

#define NPY_TARGET_VERSION NPY_2_0_API_VERSION  // expect: NPY430 @1.19,1.22
#include <numpy/arrayobject.h>

template <typename T>
npy_intp item_size(T* descr) {
  return PyDataType_ELSIZE(descr);  // expect: NPY410 @1.19,1.22
}

npy_intp of_array(PyArrayObject* array) {
  return item_size(PyArray_DESCR(array));
}
