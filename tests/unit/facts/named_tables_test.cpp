#include "facts/named_tables.h"

#include <doctest/doctest.h>

#include "facts/code_image.h"

using namespace abicheck;
using abicheck::testing::CodeImage;

namespace {

constexpr std::uint64_t kFunction = 0x100;
constexpr std::uint64_t kVariable = 0x3100;
constexpr std::uint64_t kSlot = 0x3000;
constexpr std::uint64_t kMethods = 0x3200;

const std::vector<int> kLoad = {0x48, 0x8b, 0x05};                 // mov rax,[rip+x]
const std::vector<int> kFollow = {0x48, 0x8b, 0x00};               // mov rax,[rax]
const std::vector<int> kCall = {0xff, 0x90, 0x88, 4, 0, 0, 0xc3};  // call [rax+0x488]; ret
const std::vector<int> kWrite = {0x48, 0x89, 0x38, 0xc3};          // mov [rax],rdi; ret

// A function that a table of methods hands out: it loads the address in the slot, and does `behind`.
CodeImage user(const std::vector<int>& behind) {
  CodeImage builder;
  builder.put(kSlot, std::vector<int>(0x300, 0)).function(kFunction, kFunction + 0x80).pointer(kMethods, kFunction);
  builder.put(builder.relative(kFunction, kLoad, kSlot), behind);
  return builder;
}

CodeImage calls_function() {
  std::vector<int> code = kFollow;
  code.insert(code.end(), kCall.begin(), kCall.end());
  return user(code);
}

// "zz_API:array:here", one behind the other.
std::string tables(CodeImage builder, bool module = true, const std::vector<TableVariable>& known = {}) {
  Disassembler disassembler;
  const Code code(builder.image(), disassembler);
  Reachability reachability(code, "");
  const ModuleContext context{code, reachability, {}, {}, "c", {{}, 0, 211, 210}, false};
  std::string text;
  for (const TableVariable& table : find_named_tables(context, known, module)) {
    CHECK(table.address == (table.elsewhere ? kSlot : kVariable));
    text += (text.empty() ? "" : " ") + table.shared_as +
            (table.table == CapsuleImport::Table::kArray ? ":array:" : ":ufunc:") +
            (table.elsewhere ? "elsewhere" : "here") + (table.guessed ? ":guessed" : "") +
            (table.filled ? ":filled" : "");
  }
  return text;
}

}  // namespace

TEST_CASE("tables that their names tell") {
  const struct {
    const char* name;
    const char* here;
  } kCases[] = {
      {"demo_ARRAY_API", "demo_ARRAY_API:array:here"},
      {"DEMO_UFUNC_API", "DEMO_UFUNC_API:ufunc:here"},
      {"PyArray_API", "PyArray_API:array:here"},
      {"demo_PyArray_API", "demo_PyArray_API:array:here"},
      {"PyUFunc_API", "PyUFunc_API:ufunc:here"},
      {"demo_API", ""},
      {"PyArray_APIs", ""},
  };
  for (const auto& one : kCases) {
    CAPTURE(one.name);
    CHECK(tables(std::move(user({0xc3}).variable(one.name, kVariable, kSlot))) == one.here);
  }
  CHECK(tables(std::move(user({0xc3}).variable("demo_ARRAY_API", 0, kSlot))) == "demo_ARRAY_API:array:elsewhere");
  CodeImage two = user({0xc3});
  two.variable("demo_API", kVariable, kSlot).variable("demo_APIPyArray_RUNTIME_VERSION", kVariable + 8, kSlot + 8);
  CHECK(tables(std::move(two)) == "demo_API:array:here");
  CHECK(tables(std::move(user({0xc3}).variable("demo_API", kVariable, kSlot)), true,
               {{CapsuleImport::Table::kArray, kVariable, false}}) == "demo_API:array:here:filled");
}

TEST_CASE("tables of which only their use tells that others define them") {
  CHECK(tables(std::move(calls_function().variable("demo_API", 0, kSlot))) == "demo_API:array:elsewhere:guessed");
  CHECK(tables(std::move(user({0x48, 0x8b, 0x00, 0xff, 0x50, 0x18, 0xc3}).variable("demo_API", 0, kSlot))).empty());
  CHECK(tables(std::move(calls_function().variable("PyDemo_API", 0, kSlot))).empty());
  CodeImage called = calls_function();  // a function
  called.variable("demo_API", 0, kSlot).relative(0x800, {0xff, 0x25}, kSlot);
  CHECK(tables(std::move(called)).empty());
  CHECK(tables(std::move(calls_function().variable("demo_ARRAY_API", 0, kSlot).weak())).empty());
}

TEST_CASE("tables of which only their use tells") {
  const auto named = [](CodeImage builder, const char* name) {
    return std::move(builder.variable(name, kVariable, kSlot));
  };
  CHECK(tables(named(calls_function(), "demo_API")) == "demo_API:array:here");
  CHECK(tables(named(calls_function(), "demo_API"), false).empty());  // of a library, which others link to
  CHECK(tables(named(calls_function(), "PyDemo_Functions")).empty());
  CHECK(tables(named(calls_function(), "_ZN4demo3apiE")).empty());
  CHECK(tables(named(user({0xff, 0x90, 0x88, 4, 0, 0, 0xc3}), "demo_API")).empty());  // a table, not a pointer to one
  CHECK(tables(named(user({0x48, 0x8b, 0x00, 0xff, 0x50, 0x18, 0xc3}), "demo_API")).empty());  // call [rax+0x18]
  CodeImage full = named(calls_function(), "demo_API");
  full.put32(kVariable, 0x100);
  CHECK(tables(std::move(full)).empty());
  CodeImage bound = named(calls_function(), "demo_API");
  bound.pointer(kVariable, kFunction);
  CHECK(tables(std::move(bound)).empty());
  CodeImage written = named(calls_function(), "demo_API");
  written.put(written.relative(0x800, kLoad, kSlot), kWrite).function(0x800, 0x880).pointer(kMethods + 8, 0x800);
  CHECK(tables(std::move(written)).empty());
}
