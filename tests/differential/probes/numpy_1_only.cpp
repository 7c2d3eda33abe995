// pybind11 2.12 to 2.13, told to refuse NumPy 2.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

PYBIND11_MODULE(numpy_1_only, m) {
  m.def("item_size", [](pybind11::array a) { return a.itemsize(); });
  m.def("ones", [](int n) { return pybind11::array_t<double>(n).size(); });
}
