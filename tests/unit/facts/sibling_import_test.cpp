#include "facts/sibling_import.h"

#include <doctest/doctest.h>

#include "code_image.h"

using namespace abicheck;
using namespace abicheck::testing;

namespace {

constexpr std::uint64_t kInit = 0x100, kHelper = 0x400, kOther = 0x500, kStub = 0x600;
constexpr std::uint64_t kName = 0x2100, kSlot = 0x2800;

// A module with an init function and two others, which knows the name of a sibling.
CodeImage module(const std::string& name = "pkg._base") {
  CodeImage builder;
  builder.text(kName, name).exported("PyInit_demo", kInit);
  builder.function(kInit, kInit + 0x100).function(kHelper, kHelper + 0x40).function(kOther, kOther + 0x40);
  builder.import("PyImport_ImportModule", kSlot, kStub).import("PyImport_Import", kSlot + 8, kStub + 0x10);
  builder.import("PyUnicode_FromString", kSlot + 16, kStub + 0x20).import("PyErr_SetString", kSlot + 24, kStub + 0x30);
  return builder;
}

std::string found(CodeImage& builder, const std::set<std::string>& siblings = {"pkg._base", "pkg._rest"}) {
  Disassembler disassembler;
  const Code code(builder.image(), disassembler);
  Reachability reachability(code, "PyInit_demo");
  const KnownAbi abi;
  const ModuleContext context{code, reachability, {}, {}, "cython", abi, false};
  const auto names = find_sibling_names(code.image(), siblings);
  std::vector<std::uint64_t> addresses;
  for (const auto& [address, name] : names) addresses.push_back(address);
  std::vector<SizeCheck> checks(2);
  checks[0].evidence.where = kInit;
  checks[1].evidence.where = kInit + 0x80;
  std::string text;
  for (const auto& s : find_sibling_imports(context, names, code.references_to(addresses), checks))
    text += s.name + " " + std::to_string(s.size_checks_before) + ";";
  return text;
}

std::uint64_t lea(CodeImage& builder, std::uint64_t at, int reg, std::uint64_t target) {
  return builder.relative(at, {0x48, 0x8d, 0x05 | reg << 3}, target);  // rdi 7, rsi 6
}

}  // namespace

TEST_CASE("PyImport_ImportModule is called with the name, as Cython 0.29 and later do") {
  CodeImage builder = module();
  builder.relative(lea(builder, kInit + 0x10, 7, kName), {0xe8}, kStub);
  CHECK(found(builder) == "pkg._base 1;");
  CHECK(found(builder, {"pkg._rest"}).empty());
  CHECK(found(builder, {"_base"}).empty());  // the tail of another text, to which nothing refers
}

TEST_CASE("an import in code that loading does not reach") {
  CodeImage builder = module();
  builder.relative(lea(builder, kOther, 7, kName), {0xe8}, kStub);
  CHECK(found(builder).empty());
}

TEST_CASE("the name is made a str and imported, as Cython up to 0.28 does") {
  CodeImage builder = module();
  std::uint64_t at = builder.relative(lea(builder, kInit, 7, kName), {0xe8}, kStub + 0x20);
  builder.put(at, {0x48, 0x89, 0xc7});  // mov rdi, rax
  builder.relative(at + 3, {0xe8}, kStub + 0x10);
  CHECK(found(builder) == "pkg._base 0;");

  CodeImage only_str = module();
  at = only_str.relative(lea(only_str, kInit, 7, kName), {0xe8}, kStub + 0x20);
  only_str.put(at, {0xc3});
  CHECK(found(only_str).empty());
}

TEST_CASE("a function of the module imports what it is given") {
  CodeImage builder = module();
  builder.relative(lea(builder, kInit, 6, kName), {0xe8}, kHelper);
  CHECK(found(builder).empty());
  builder.relative(kHelper, {0xe8}, kStub + 0x10);
  CHECK(found(builder) == "pkg._base 0;");
}

TEST_CASE("the name in an error text") {
  CodeImage builder = module();
  builder.relative(lea(builder, kInit, 7, kName), {0xe8}, kStub + 0x30);
  CHECK(found(builder).empty());
}

TEST_CASE("a module outside packages") {
  CodeImage builder = module("_base");
  builder.relative(lea(builder, kInit, 7, kName), {0xe8}, kStub);
  CHECK(found(builder, {"_base", "pkg._rest"}) == "_base 0;");
}
