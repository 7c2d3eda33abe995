#pragma once

#include <Python.h>
#include <numpy/arrayobject.h>

#include <stdexcept>

namespace views {

template <typename T>
struct type_num;
template <>
struct type_num<double> {
  static constexpr int value = NPY_DOUBLE;
};
template <>
struct type_num<npy_cdouble> {
  static constexpr int value = NPY_CDOUBLE;
};

// Holds a reference, knows the element's type.
template <typename T, int ND>
class array_view {
 public:
  explicit array_view(PyObject *object)
      : array_(reinterpret_cast<PyArrayObject *>(
            PyArray_FromObject(object, type_num<T>::value, ND, ND))) {
    if (array_ == nullptr) throw std::runtime_error("no array");
  }
  array_view(const array_view &) = delete;
  ~array_view() { Py_XDECREF(array_); }

  npy_intp size(int axis) const { return PyArray_DIMS(array_)[axis]; }
  T &operator()(npy_intp i) { return *static_cast<T *>(PyArray_GETPTR1(array_, i)); }
  npy_intp item_size() const { return PyArray_DESCR(array_)->elsize; }  // expect: NPY420

 private:
  PyArrayObject *array_;
};

template <typename T>
double first_part(const T &value) {
  return value.real;  // expect: NPY440
}

}  // namespace views
