// targets: 1.26, 2.0
#include <Python.h>

#include <numpy/arrayobject.h>

#include <stdexcept>

template <int Type>
double *data_of(PyObject *object) {
  auto *array = reinterpret_cast<PyArrayObject *>(PyArray_FROM_OTF(object, Type, NPY_ARRAY_IN_ARRAY));  // expect: NPY401
  return static_cast<double *>(PyArray_DATA(array));  // expect: NPY450
}

double *doubles(PyObject *object) {
  return data_of<NPY_DOUBLE>(object);
}

struct Array {
  explicit Array(PyObject *object) {
    array = reinterpret_cast<PyArrayObject *>(PyArray_FROM_OTF(object, NPY_DOUBLE, NPY_ARRAY_IN_ARRAY));
    if (array == nullptr) throw std::runtime_error("no array");
    size = PyArray_SIZE(array);
  }
  PyArrayObject *array;
  npy_intp size;
};

npy_intp checked(PyObject *object) {
  if (auto *array = reinterpret_cast<PyArrayObject *>(PyArray_FROM_O(object))) return PyArray_SIZE(array);
  return Array(object).size;
}
