#include "facts/generator.h"

#include <algorithm>

#include "base/find_text.h"
#include "base/text.h"
#include "facts/markers.h"

namespace abicheck {

namespace {

struct Sign {
  std::string_view generator;
  std::string_view text;
};

// First match wins: a Pythran or f2py module has everything a plain C module has, Cython can wrap C++ that holds
// pybind11, and cffi's backend, written by hand, has what it asks of the modules that it serves.
constexpr Sign kSigns[] = {
    {"pythran", "__pythran__"},
    {"f2py", "(failed to import numpy)"},
    {"f2py", "__f2py_numpy_version__"},
    {"cython", "cython_runtime"},
    {"cython", "__pyx_capi__"},
    {"cython", "size changed, may indicate binary incompat"},
    {"nanobind", "nb_internals"},
    {"nanobind", "nanobind::"},
    {"pybind11", "__pybind11_"},
    {"pybind11", "pybind11::"},
    {"boost-python", "N5boost6python"},
    {"swig", "swig_runtime_data"},
    {"swig", "SwigPyObject"},
    {"rust-numpy", "NumPy array API capsule"},
    {"rust-numpy", "Failed to get NumPy API capsule"},  // up to 0.18
    {"pyo3", "pyo3_runtime"},
    {"pyo3", "PanicException"},
    {"c", "_cffi_backend.CField"},
    {"cffi", "_init_cffi_1_0_external_module"},
    {"mypyc", "__mypyc_attrs__"},
    {"mypyc", "__mypyc.init_"},  // the stub in the place of a module whose code is in another
};

// A text that holds the tool's version, and how the number behind it is written.
enum class Number { kDotted, kUnderscored, kWhole };
struct VersionSign {
  std::string_view generator;
  std::string_view before;
  Number number;
  std::string_view called;  // when it is not the tool's own version: that of the structures its modules share
};

constexpr VersionSign kVersionSigns[] = {
    {"cython", "_cython_", Number::kUnderscored, ""},  // CYTHON_ABI, of the module that holds the shared types
    {"cython", "__Pyx_ImportType_", Number::kUnderscored, ""},
    {"f2py", "auto-generated with f2py (version:", Number::kDotted, ""},
    {"pybind11", "__pybind11_internals_v", Number::kWhole, "internals "},
    {"nanobind", std::string_view("\0v", 2), Number::kWhole, "internals "},  // NB_ABI_TAG: v14_gcc_libstdcpp_cxxabi1018
    {"swig", "swig_runtime_data", Number::kWhole, "runtime "},
    {"rust-numpy", "/numpy-", Number::kDotted, ""},  // cargo's folder, in the places that panics name
    {"rust-numpy", "\\numpy-", Number::kDotted, ""},
    {"pyo3", "/pyo3-", Number::kDotted, ""},
    {"pyo3", "\\pyo3-", Number::kDotted, ""},
};

std::string_view digits_of(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && is_digit(text[length])) ++length;
  return text.substr(0, length);
}

// "3_0_0a11limited" as "3.0.0a11"; empty when no such number stands there.
std::string dotted_number(std::string_view text, char separator) {
  std::string number;
  int parts = 0;
  while (true) {
    const std::string_view digits = digits_of(text);
    if (digits.empty()) break;
    number += (parts++ == 0 ? "" : ".") + std::string(digits);
    text.remove_prefix(digits.size());
    if (text.empty() || text.front() != separator || digits_of(text.substr(1)).empty()) break;
    text.remove_prefix(1);
  }
  for (const std::string_view stage : {"a", "b", "rc"}) {
    const bool follows = parts > 1 && text.starts_with(stage);
    const std::string_view digits = follows ? digits_of(text.substr(stage.size())) : std::string_view();
    if (!digits.empty()) number += std::string(stage) + std::string(digits);
  }
  return number;
}

// What stands behind `before`, if it is such a number and what follows it is as it should be.
std::string read_number(const VersionSign& sign, std::string_view rest) {
  switch (sign.number) {
    case Number::kDotted:
      return dotted_number(rest, '.');
    case Number::kUnderscored: {
      std::string number = dotted_number(rest, '_');
      return number.find('.') == std::string::npos ? "" : number;
    }
    case Number::kWhole: {
      const std::string_view digits = digits_of(rest);
      rest.remove_prefix(digits.size());
      const bool of_tag = sign.generator != "nanobind" || (rest.size() > 1 && rest[0] == '_' && rest[1] >= 'a');
      return of_tag ? std::string(digits) : std::string();
    }
  }
  return "";
}

bool any_contains(const std::vector<ByteView>& texts, std::string_view text) {
  return std::any_of(texts.begin(), texts.end(), [&](ByteView bytes) { return contains(bytes, text); });
}

std::string find_number(ByteView bytes, const VersionSign& sign) {
  constexpr std::size_t kLongestNumber = 21;
  for (std::size_t at = 0; (at = find_text(bytes, sign.before, at)) != std::string_view::npos; ++at) {
    std::string number = read_number(sign, as_text(bytes).substr(at + sign.before.size(), kLongestNumber));
    if (!number.empty()) return number;
  }
  return "";
}

// "1.78.0" of libboost_python39-8c19b7eb.so.1.78.0, which the module asks the loader for.
std::string find_boost_version(ByteView bytes) {
  constexpr std::string_view kName = "libboost_python";
  const std::string_view text = as_text(bytes);
  for (std::size_t at = 0; (at = find_text(bytes, kName, at)) != std::string_view::npos; at += kName.size()) {
    const std::string_view name = text.substr(at, text.find('\0', at) - at);
    const std::size_t suffix = name.find(".so.");
    if (suffix == std::string_view::npos) continue;
    const std::string number = dotted_number(name.substr(suffix + 4), '.');
    if (!number.empty()) return number;
  }
  return "";
}

bool has_whole(const std::vector<ByteView>& texts, std::string_view text) {
  return any_contains(texts, std::string(text) + '\0');
}

// Rust's strings are not terminated; short ones may stand in the code, in several instructions, so that only the
// module's name is left.
constexpr std::string_view kRustNumpyTexts[] = {"_ARRAY_API", "numpy.core.multiarray", "NumPy array API capsule",
                                                "NumPy API capsule"};

std::string_view find_rust_numpy(const std::vector<ByteView>& texts) {
  for (const std::string_view text : kRustNumpyTexts) {
    if (any_contains(texts, text)) return text;
  }
  return "";
}

}  // namespace

std::string find_generator(const std::vector<ByteView>& texts, std::string_view init_function) {
  if (init_function.empty()) return "unknown";  // a shared library
  for (const Sign& sign : kSigns) {
    if (!any_contains(texts, sign.text)) continue;
    const bool numpy = sign.generator == "pyo3" && !find_rust_numpy(texts).empty();
    return numpy ? "rust-numpy" : std::string(sign.generator);
  }
  return "c";
}

std::string find_generator_version(const std::vector<ByteView>& texts, std::string_view generator) {
  for (const VersionSign& sign : kVersionSigns) {
    if (sign.generator != generator) continue;
    for (const ByteView bytes : texts) {
      if (std::string number = find_number(bytes, sign); !number.empty()) return std::string(sign.called) + number;
    }
  }
  for (const ByteView bytes : texts) {
    if (generator != "boost-python") break;
    if (std::string number = find_boost_version(bytes); !number.empty()) return number;
  }
  return "";
}

std::string find_numpy_1_only(const std::vector<ByteView>& texts) {
  for (const ByteView bytes : texts) {
    const std::string_view text = as_text(bytes);
    const std::size_t at = find_text(bytes, "This extension was built with PYBIND11_NUMPY_1_ONLY defined");
    if (at != std::string_view::npos) return std::string(text.substr(at, text.find('\0', at) - at));
  }
  return "";
}

std::string find_pybind11_minimum(const std::vector<ByteView>& texts) {
  constexpr std::string_view kMessage = "pybind11 numpy support requires numpy >= ";
  for (const ByteView bytes : texts) {
    const std::string_view text = as_text(bytes);
    const std::size_t at = find_text(bytes, kMessage);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = text.substr(at + kMessage.size());
    return std::string(rest.substr(0, rest.find_first_not_of("0123456789.")));
  }
  return "";
}

OwnWay find_own_way(const std::vector<ByteView>& texts, const std::string& generator, Evidence& evidence) {
  if (generator == "rust-numpy") {
    const std::string_view found = find_rust_numpy(texts);
    if (found.empty()) return OwnWay::kNone;
    evidence.how = "text " + std::string(found) + " of rust-numpy";
    // 0.22 chooses between the two packages at run time.
    return any_contains(texts, "numpy._core") ? OwnWay::kRust : OwnWay::kRustOld;
  }
  const bool attribute = has_whole(texts, "_ARRAY_API");
  if (!find_numpy_1_only(texts).empty()) {
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
