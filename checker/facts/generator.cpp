#include "facts/generator.h"

#include "facts/markers.h"

namespace abicheck {

namespace {

struct Sign {
  std::string_view generator;
  std::string_view text;
};

// First match wins: a Pythran or f2py module has everything a plain C module has, Cython can wrap C++ that holds pybind11.
constexpr Sign kSigns[] = {
    {"pythran", "__pythran__"},
    {"f2py", "(failed to import numpy)"},
    {"f2py", "__f2py_numpy_version__"},
    {"cython", "__pyx_capi__"},
    {"cython", "cython_runtime"},
    {"cython", "__pyx_vtable__"},
    {"cython", "size changed, may indicate binary incompat"},
    {"nanobind", "nb_internals"},
    {"nanobind", "nanobind::"},
    {"pybind11", "__pybind11_"},
    {"pybind11", "pybind11::"},
    {"boost-python", "N5boost6python"},
    {"swig", "swig_runtime_data"},
    {"swig", "SwigPyObject"},
    {"rust-numpy", "Failed to access NumPy array API capsule"},
    {"rust-numpy", "pyo3_runtime"},
    {"rust-numpy", "PanicException"},
};

bool has_whole(ByteView bytes, std::string_view text) {
  const std::string terminated = std::string(text) + '\0';
  return contains(bytes, terminated);
}

}  // namespace

std::string find_generator(ByteView bytes, std::string_view init_function) {
  for (const Sign& sign : kSigns) {
    if (contains(bytes, sign.text)) return std::string(sign.generator);
  }
  return init_function.empty() ? "unknown" : "c";
}

OwnWay find_own_way(ByteView bytes, const std::string& generator, Evidence& evidence) {
  if (generator == "rust-numpy") {
    // Rust's strings are not terminated; rust-numpy 0.22 chooses between the two packages at run time.
    if (!contains(bytes, "_ARRAY_API")) return OwnWay::kNone;
    evidence.how = "text _ARRAY_API of rust-numpy";
    return contains(bytes, "numpy._core") ? OwnWay::kRust : OwnWay::kRustOld;
  }
  const bool attribute = has_whole(bytes, "_ARRAY_API");
  if (contains(bytes, "This extension was built with PYBIND11_NUMPY_1_ONLY defined")) {
    evidence.how = "text of PYBIND11_NUMPY_1_ONLY";
    return OwnWay::kPybind11Only1;
  }
  // pybind11/numpy.h: up to 2.11 npy_api::lookup() imports numpy.core.multiarray; 2.12 brought import_numpy_core_submodule().
  const bool pybind11 = contains(bytes, "pybind11");
  if (pybind11 && attribute) {
    const bool both = has_whole(bytes, "numpy._core");
    evidence.how = both ? "pybind11 numpy.h that knows numpy._core" : "pybind11 numpy.h that knows numpy.core only";
    return both ? OwnWay::kPybind11 : OwnWay::kPybind11Old;
  }
  if (attribute && contains(bytes, "numpy")) {
    evidence.how = "text _ARRAY_API";
    return OwnWay::kForeign;
  }
  return OwnWay::kNone;
}

}  // namespace abicheck
