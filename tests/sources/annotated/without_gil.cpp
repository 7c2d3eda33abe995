// targets: 1.26, 2.0
#include <Python.h>
#include <numpy/arrayobject.h>

struct View {
  explicit View(PyArrayObject *array) : array_(array) {
    Py_BEGIN_ALLOW_THREADS
    size_ = PyArray_Size((PyObject *)array_);  // expect: NPY452
    Py_END_ALLOW_THREADS
  }
  ~View() {
    Py_BEGIN_ALLOW_THREADS
    size_ = PyArray_Size((PyObject *)array_);  // expect: NPY452
    Py_END_ALLOW_THREADS
  }
  operator npy_intp() const {
    npy_intp size;
    Py_BEGIN_ALLOW_THREADS
    size = PyArray_Size((PyObject *)array_);  // expect: NPY452
    Py_END_ALLOW_THREADS
    return size + PyArray_Size((PyObject *)array_);
  }
  PyArrayObject *array_;
  npy_intp size_ = 0;
};

PyMODINIT_FUNC PyInit_without_gil(void) {
  import_array();
  return nullptr;
}
