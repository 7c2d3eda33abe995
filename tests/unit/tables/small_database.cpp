#include "unit/tables/small_database.h"

namespace abicheck::testing {

namespace {

Json source() {
  return {{"artefact", "numpy.tar.gz"}, {"member", "numpyconfig.h"}, {"sha256", std::string(64, '0')}};
}

Json import_template(const std::string& path) {
  return {{"paths", {path}},
          {"messages", {{{"type", "AttributeError"}, {"text", "_ARRAY_API not found"}}}},
          {"macro_message", "failed to import"}};
}

Json slot(int index, const std::string& name, const std::string& since) {
  return {{"index", index}, {"name", name}, {"kind", "function"}, {"signature", "int (*)(void)"}, {"since", since}};
}

Json slots() {
  Json tables = {{"multiarray",
                  {slot(0, "PyArray_GetNDArrayCVersion", "1.26.0"), slot(1, "PyArray_CastTo", "1.26.0"),
                   slot(1, "PyArray_CopyInto", "2.0.0"), slot(2, "PyArray_Zero", "1.26.0"),
                   slot(2, "PyArray_Zero", "2.0.0"), slot(210, "PyArray_GetEndianness", "1.26.0"),
                   slot(211, "PyArray_GetNDArrayCFeatureVersion", "1.26.0"), slot(212, "PyArray_New", "2.0.0")}},
                 {"ufunc", {slot(0, "PyUFunc_Type", "1.26.0")}}};
  tables["multiarray"][1]["removed"] = "2.0.0";
  tables["multiarray"][1]["replacement"] = "PyArray_CopyInto";
  tables["multiarray"][3]["changed"] = "2.0.0";
  tables["multiarray"][4]["signature"] = "long (*)(void)";
  tables["multiarray"][7]["min_target"] = "0x00000012";
  return tables;
}

Json name(const std::string& kind, const std::string& since) {
  return {{"kind", kind}, {"header", "numpy/ndarraytypes.h"}, {"since", since}};
}

Json names() {
  Json names = {{"NPY_OLD", name("macro", "1.26.0")},
                {"NPY_NEW", name("macro", "2.0.0")},
                {"PyArray_DATA", name("function", "1.26.0")},
                {"NPY_MAXDIMS", name("macro", "1.26.0")},
                {"PyArray_Descr.elsize", name("member", "1.26.0")},
                {"numpy/ndarraytypes.h", name("header", "1.26.0")}};
  names["NPY_OLD"].update({{"removed", "2.0.0"}, {"replacement", "NPY_NEW"}});
  names["NPY_NEW"].update({{"min_target", "0x00000012"}, {"no_deprecated_api", false}});
  names["NPY_MAXDIMS"]["value"] = 64;
  names["NPY_MAXDIMS"]["earlier"] = {{{"until", "1.26.10"}, {"kind", "enumerator"}, {"header", "numpy/old.h"}},
                                     {{"until", "2.0.0"}, {"kind", "macro"}, {"header", "numpy/old.h"}, {"value", 32}}};
  names["PyArray_DATA"]["absent"] = {"2.0.0"};
  names["PyArray_Descr.elsize"].update({{"deprecated", "2.0.0"}, {"replacement", "PyDataType_ELSIZE"}});
  return names;
}

void make_new(Json& minor) {
  minor["abi_version"] = "0x02000000";
  minor["api_version"] = "0x00000012";
  minor["api_names"] = {{"0x0000000d", "1.16"}, {"0x00000012", "2.0"}};
  minor["import_paths"] = {{"numpy.core._multiarray_umath._ARRAY_API", "refuses"},
                           {"numpy.core.umath._UFUNC_API", "warns"},
                           {"numpy._core._multiarray_umath._ARRAY_API", "works"}};
  minor["shims"] = {{"refusal", {{"type", "ImportError"}, {"text", "NumPy {release} refuses {attribute}"}}},
                    {"warning", {{"type", "DeprecationWarning"}, {"text", "numpy.core.{module} has moved"}}}};
  minor["runtime_sizes"]["numpy.dtype"] = {{"lp64", 88}, {"ilp32", 52}, {"lp64t", 104}};
  minor["compiled_sizes"]["c"]["numpy.dtype"]["lp64"] = {{"0x0000000d", 32}, {"0x00000012", 88}};
  minor["layouts"]["PyArray_Descr"] = {{"type_num", {{"lp64", {28, 4}}}},
                                       {"elsize", {{"lp64", {40, 8}}, {"min_target", "0x00000012"}}}};
  minor["table_lengths"]["multiarray"] = 213;
}

}  // namespace

Json small_minor(const std::string& minor, const std::vector<std::string>& releases) {
  Json json = {
      {"minor", minor},
      {"abi_version", "0x01000009"},
      {"api_version", "0x00000011"},
      {"default_target", "0x0000000d"},
      {"target_policy",
       {{"honoured", true},
        {"lowest", "0x0000000d"},
        {"below_lowest", nullptr},
        {"above_api", "error: too high"},
        {"undefined_name", "0x0000000d"}}},
      {"target_macros", {{"NPY_1_22_API_VERSION", "0x0000000f"}}},
      {"api_names", Json::object()},
      {"table_lengths", {{"multiarray", 212}, {"ufunc", 1}}},
      {"import_array", import_template("numpy.core._multiarray_umath")},
      {"import_umath", import_template("numpy.core._multiarray_umath")},
      {"import_paths",
       {{"numpy.core._multiarray_umath._ARRAY_API", "works"}, {"numpy._core._multiarray_umath._ARRAY_API", "works"}}},
      {"shims", Json::object()},
      {"runtime_sizes",
       {{"numpy.dtype", {{"lp64", 96}, {"ilp32", 56}}},
        {"numpy.ndarray", {{"lp64", 80}}},
        {"numpy.ufunc", {{"lp64", 232}}},
        {"numpy.random.mtrand.RandomState", {{"lp64", 240}}}}},
      {"compiled_sizes",
       {{"c", {{"numpy.dtype", {{"lp64", {{"0x0000000d", 96}}}}}}},
        {"c++", Json::object()},
        {"no_deprecated_api", Json::object()}}},
      {"layouts",
       {{"PyArray_Descr",
         {{"type_num", {{"lp64", {28, 4}}}}, {"elsize", {{"lp64", {32, 4}}}}, {"f", {{"lp64", {64, 8}}}}}}}},
      {"random", {{"capsule", "BitGenerator"}, {"pxd", {"numpy/random/bit_generator.pxd"}}}},
      {"dtype_api", {{"NPY_DT_setitem", 7}}},
      {"releases", Json::array()},
      {"sources", {{"abi_version", {source()}}}},
      {"artefacts", {{"numpy.tar.gz", std::string(64, '1')}}}};
  for (const std::string& release : releases) {
    json["releases"].push_back({{"version", release},
                                {"date", "2024-02-05"},
                                {"python", {"3.9"}},
                                {"wheels", {{"cp39", {"manylinux_2_17_x86_64"}}}},
                                {"headers", source()}});
  }
  return json;
}

SmallDatabase::SmallDatabase() {
  Json old = small_minor("1.26", {"1.26.0", "1.26.10"});
  old["releases"][0]["overrides"] = {{"api_version", "0x00000010"},
                                     {"import_paths", {{"numpy._core._multiarray_umath._ARRAY_API", "absent"}}},
                                     {"runtime_sizes", {{"numpy.random.mtrand.RandomState", nullptr}}}};
  old["releases"][1]["python"] = {"3.12", "3.9"};
  Json recent = small_minor("2.0", {"2.0.0", "2.0.2"});
  make_new(recent);
  files_ = {{"numpy-1.26.json", old}, {"numpy-2.0.json", recent}, {"slots.json", slots()}, {"names.json", names()}};
}

std::vector<DatabaseFile> SmallDatabase::files() const {
  std::vector<DatabaseFile> files;
  for (const auto& [name, json] : files_) files.push_back({name, json.dump()});
  return files;
}

}  // namespace abicheck::testing
