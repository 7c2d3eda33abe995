#include "report/text_needs.h"

#include <doctest/doctest.h>

namespace abicheck {
namespace {

SourceSlot slot(const std::string& name, std::uint32_t index, const std::string& since, bool raises,
                const std::vector<SourcePlace>& places) {
  return {false, index, name, since, places, raises ? places : std::vector<SourcePlace>(), raises};
}

FileReport two_sources() {
  FileReport file;
  file.kind = "tree";
  SourceReport one;
  one.path = "a.c";
  one.facts.slots = {slot("PyArray_Type", 2, "1.6", false, {{"a.c", 1, 1}}),
                     slot("PyArray_NewLikeArray", 277, "1.9", true, {{"a.c", 5, 2}}),
                     slot("PyDataMem_SetHandler", 304, "1.22", true, {{"a.c", 9, 3}, {"a.c", 7, 3}})};
  one.facts.lowest_numpy = "1.22";
  one.facts.targets = {{"1.26.4", 0xd, "1.16", {}}, {"2.0.2", 0xd, "1.16", {}}};
  SourceReport other;
  other.path = "b.c";
  other.facts.slots = {slot("PyDataMem_SetHandler", 304, "1.22", true, {{"b.c", 3, 1}}),
                       slot("PyArray_NewLikeArray", 277, "1.9", true, {{"a.c", 5, 2}})};
  other.facts.lowest_numpy = "1.9";
  other.facts.targets = {
      {"2.0.2", 0x12, "2.0", SwitchDefine{{}, "NPY_TARGET_VERSION", "NPY_2_0_API_VERSION", 0x12, {}}}};
  file.sources = {one, other};
  return file;
}

}  // namespace

TEST_CASE("text: the newest NumPy of all sources, and every place that raises it") {
  WriteOptions options;
  const std::string target =
      "  target: NumPy 1.16 (0xd) with the headers of NumPy 1.26.4, 2.0.2; NumPy 2.0 (0x12), by NPY_TARGET_VERSION "
      "NPY_2_0_API_VERSION, with the headers of NumPy 2.0.2\n";
  CHECK(write_needs(two_sources(), options) ==
        "  lowest: numpy 1.22, for PyDataMem_SetHandler at a.c:7:3 and 2 more\n" + target);
  options.verbose = 1;
  CHECK(write_needs(two_sources(), options) ==
        "  lowest: numpy 1.22, for PyDataMem_SetHandler\n"
        "    1.22: PyDataMem_SetHandler at a.c:7:3, a.c:9:3, b.c:3:1\n"
        "    1.9: PyArray_NewLikeArray at a.c:5:2\n" +
            target);
}

TEST_CASE("text: what could not be read may need more") {
  FileReport file = two_sources();
  file.sources.resize(1);
  file.sources[0].facts.targets.clear();
  file.sources[0].facts.slots.resize(1);
  file.sources[0].facts.lowest_numpy = "1.6";
  CHECK(write_needs(file, {}) == "  lowest: numpy 1.6\n");
  file.sources[0].verdicts = {{"2.0", {Verdict::kUnknown, {}}}};
  CHECK(write_needs(file, {}) == "  lowest: numpy 1.6, as far as the sources could be read\n");
  file.sources[0].facts.lowest_numpy.clear();
  CHECK(write_needs(file, {}).empty());
}

}  // namespace abicheck
