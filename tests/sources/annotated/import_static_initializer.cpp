// targets: 1.26, 2.0, 2.5
#include <Python.h>
#include <numpy/arrayobject.h>

namespace {
struct Numpy {
  Numpy() {
    if (_import_array() < 0) throw 1;
  }
};
Numpy numpy;
}  // namespace

extern "C" PyObject *zeros(npy_intp size) { return PyArray_ZEROS(1, &size, NPY_DOUBLE, 0); }
