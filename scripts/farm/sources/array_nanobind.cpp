// nanobind's ndarray: buffers and DLPack, nothing of NumPy's C-API.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

namespace nb = nanobind;

NB_MODULE(FARM_MODULE, m) {
  m.def("total", [](nb::ndarray<const double, nb::ndim<1>, nb::c_contig> values) {
    double found = 0;
    for (size_t i = 0; i < values.shape(0); i++) found += values(i);
    return found;
  });
}
