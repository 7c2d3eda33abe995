#include "facts/generator.h"

#include <doctest/doctest.h>

using namespace abicheck;
using namespace std::string_literals;

namespace {

ByteView bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

TEST_CASE("the oldest NumPy that pybind11 takes") {
  const auto minimum = [](const std::string& text) { return find_pybind11_minimum({bytes_of("x"), bytes_of(text)}); };
  CHECK(minimum("pybind11 numpy support requires numpy >= 1.7.0") == "1.7.0");
  CHECK(minimum("__pybind11_\0pybind11 numpy support requires numpy >= 1.17\0more"s) == "1.17");
  CHECK(minimum("pybind11 numpy support requires numpy >= ").empty());
  CHECK(minimum("pybind11").empty());
}

TEST_CASE("the tool is told by texts that it leaves in every module") {
  const auto tool = [](const std::string& text, const char* init = "PyInit_m") {
    return find_generator({bytes_of("x"), bytes_of(text)}, init);
  };
  CHECK(tool("cython_runtime") == "cython");
  CHECK(tool("__pybind11_internals_v4_gcc") == "pybind11");
  CHECK(tool("__nb_internals_%s_%s__") == "nanobind");
  CHECK(tool("N5boost6python3api6objectE") == "boost-python");
  CHECK(tool("swig_runtime_data4") == "swig");
  CHECK(tool("can't initialize module m (failed to import numpy)") == "f2py");
  CHECK(tool("pyo3_runtime.PanicException _ARRAY_API") == "rust-numpy");
  CHECK(tool("pyo3_runtime.PanicException numpy.core.multiarray") == "rust-numpy");
  CHECK(tool("pyo3_runtime.PanicException") == "pyo3");
  CHECK(tool("__mypyc_attrs__ is not a tuple") == "mypyc");
  CHECK(tool("demo__mypyc.init_demo") == "mypyc");
  CHECK(tool("_cffi_backend\0_init_cffi_1_0_external_module"s) == "cffi");
  CHECK(tool("_cffi_backend.CData\0_init_cffi_1_0_external_module"s) == "c");
  CHECK(tool("numpy.core.multiarray failed to import") == "c");
  CHECK(tool("cython_runtime", "") == "unknown");
}

TEST_CASE("the version of the tool, where the module tells it") {
  const auto version = [](const char* generator, const std::string& text) {
    return find_generator_version({bytes_of("x"), bytes_of(text)}, generator);
  };
  CHECK(version("cython", "a _cython_runtime\0_cython_0_29_36\0"s) == "0.29.36");
  CHECK(version("cython", "_cython_3_3_0limitednofinalize") == "3.3.0");
  CHECK(version("cython", "__Pyx_ImportType_3_0_0a11\0"s) == "3.0.0a11");
  CHECK(version("cython", "_cython_coroutine_type _cython_3").empty());
  CHECK(version("f2py", "is auto-generated with f2py (version:1.22.4).") == "1.22.4");
  CHECK(version("f2py", "is auto-generated with f2py (version:2).") == "2");
  CHECK(version("pybind11", "__pybind11_internals_v11_system_libstdcpp") == "internals 11");
  CHECK(version("nanobind", "\0v1E\0v14_gcc_libstdcpp_cxxabi1018\0"s) == "internals 14");
  CHECK(version("swig", "swig_runtime_data4") == "runtime 4");
  CHECK(version("swig", "SWIG_runtime_data_module").empty());
  CHECK(version("rust-numpy", "index.crates.io-6f17d22bba15001f/numpy-0.19.0/src/npyffi/array.rs") == "0.19.0");
  CHECK(version("pyo3", "registry\\src\\x\\pyo3-0.22.2\\src") == "0.22.2");
  CHECK(version("boost-python", "libboost_python.so\0libboost_python39-8c19b7eb.so.1.78.0\0"s) == "1.78.0");
  CHECK(version("c", "_cython_0_29_36").empty());
}
