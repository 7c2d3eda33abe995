// targets: 1.19, 1.26, 2.0, 2.5
#include "array_view.hpp"

namespace {

PyObject *sum(PyObject *, PyObject *object) {
  try {
    views::array_view<double, 1> view(object);
    double total = 0;
    for (npy_intp i = 0; i < view.size(0); ++i) total += view(i);
    return PyFloat_FromDouble(total + static_cast<double>(view.item_size()));
  } catch (const std::exception &) {
    return nullptr;
  }
}

PyObject *real_part(PyObject *, PyObject *object) {
  try {
    views::array_view<npy_cdouble, 1> view(object);
    return PyFloat_FromDouble(views::first_part(view(0)));
  } catch (const std::exception &) {
    return nullptr;
  }
}

PyMethodDef methods[] = {
    {"sum", sum, METH_O, nullptr}, {"real_part", real_part, METH_O, nullptr}, {nullptr, nullptr, 0, nullptr}};
PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_views", nullptr, -1, methods, nullptr, nullptr, nullptr, nullptr};

}  // namespace

PyMODINIT_FUNC PyInit__views() {
  import_array1(nullptr);
  return PyModule_Create(&definition);
}
