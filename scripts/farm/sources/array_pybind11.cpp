// pybind11's array_t and dtype, which reach for NumPy's table themselves.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

namespace py = pybind11;

static double total(const py::array_t<double, py::array::c_style | py::array::forcecast>& values) {
  double found = 0;
  for (py::ssize_t i = 0; i < values.size(); i++) found += values.data()[i];
  return found;
}

PYBIND11_MODULE(FARM_MODULE, m) {
  m.def("total", &total);
  m.def("size", [](const py::dtype& dtype) { return dtype.itemsize(); });
  m.def("fields", [](const py::dtype& dtype) { return dtype.has_fields(); });
}
