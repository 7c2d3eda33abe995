// targets: 1.26, 2.0
#include <Python.h>

#include <complex>
#include <numpy/arrayobject.h>

template <typename T>
auto real_of(const T &value) {
  return value.real;  // expect: NPY440
}

double part(npy_cdouble value) {
  return real_of(value);
}

double standard(std::complex<double> value) {
  return value.real() + value.imag();
}

// A structure in C++, before and after.
npy_cdouble unit = {0.0, 1.0};
