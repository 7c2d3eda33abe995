#include "facts/generator.h"

#include <algorithm>

#include "facts/markers.h"

namespace abicheck {

namespace {

struct Sign {
  std::string_view generator;
  std::string_view text;
};

// First match wins: a Pythran or f2py module has everything a plain C module has, Cython can wrap C++ that holds
// pybind11.
constexpr Sign kSigns[] = {
    {"pythran", "__pythran__"},         {"f2py", "(failed to import numpy)"},
    {"f2py", "__f2py_numpy_version__"}, {"cython", "cython_runtime"},
    {"cython", "__pyx_capi__"},         {"cython", "size changed, may indicate binary incompat"},
    {"nanobind", "nb_internals"},       {"nanobind", "nanobind::"},
    {"pybind11", "__pybind11_"},        {"pybind11", "pybind11::"},
    {"boost-python", "N5boost6python"}, {"swig", "swig_runtime_data"},
    {"swig", "SwigPyObject"},           {"rust-numpy", "Failed to access NumPy array API capsule"},
    {"rust-numpy", "pyo3_runtime"},     {"rust-numpy", "PanicException"},
};

bool any_contains(const std::vector<ByteView>& texts, std::string_view text) {
  return std::any_of(texts.begin(), texts.end(), [&](ByteView bytes) { return contains(bytes, text); });
}

bool has_whole(const std::vector<ByteView>& texts, std::string_view text) {
  return any_contains(texts, std::string(text) + '\0');
}

}  // namespace

std::string find_generator(const std::vector<ByteView>& texts, std::string_view init_function) {
  if (init_function.empty()) return "unknown";  // a shared library
  for (const Sign& sign : kSigns) {
    if (any_contains(texts, sign.text)) return std::string(sign.generator);
  }
  return init_function.empty() ? "unknown" : "c";
}

std::string find_pybind11_minimum(const std::vector<ByteView>& texts) {
  constexpr std::string_view kMessage = "pybind11 numpy support requires numpy >= ";
  for (const ByteView bytes : texts) {
    const std::string_view text = as_text(bytes);
    const std::size_t at = text.find(kMessage);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = text.substr(at + kMessage.size());
    return std::string(rest.substr(0, rest.find_first_not_of("0123456789.")));
  }
  return "";
}

OwnWay find_own_way(const std::vector<ByteView>& texts, const std::string& generator, Evidence& evidence) {
  if (generator == "rust-numpy") {
    // Rust's strings are not terminated; short ones may stand in the code, in several instructions, so that only the
    // module's name is left; rust-numpy 0.22 chooses between the two packages at run time.
    constexpr std::string_view kTexts[] = {"_ARRAY_API", "numpy.core.multiarray", "NumPy array API capsule"};
    const auto* found =
        std::find_if(std::begin(kTexts), std::end(kTexts), [&](auto text) { return any_contains(texts, text); });
    if (found == std::end(kTexts)) return OwnWay::kNone;
    evidence.how = "text " + std::string(*found) + " of rust-numpy";
    return any_contains(texts, "numpy._core") ? OwnWay::kRust : OwnWay::kRustOld;
  }
  const bool attribute = has_whole(texts, "_ARRAY_API");
  if (any_contains(texts, "This extension was built with PYBIND11_NUMPY_1_ONLY defined")) {
    evidence.how = "text of PYBIND11_NUMPY_1_ONLY";
    return OwnWay::kPybind11Only1;
  }
  // pybind11/numpy.h: up to 2.11 npy_api::lookup() imports numpy.core.multiarray; 2.12 brought
  // import_numpy_core_submodule().
  const bool pybind11 = any_contains(texts, "pybind11");
  if (pybind11 && attribute) {
    const bool both = has_whole(texts, "numpy._core");
    evidence.how = both ? "pybind11 numpy.h that knows numpy._core" : "pybind11 numpy.h that knows numpy.core only";
    return both ? OwnWay::kPybind11 : OwnWay::kPybind11Old;
  }
  if (attribute && any_contains(texts, "numpy")) {
    evidence.how = "text _ARRAY_API";
    return OwnWay::kForeign;
  }
  return OwnWay::kNone;
}

}  // namespace abicheck
