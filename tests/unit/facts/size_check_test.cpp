#include "facts/size_check.h"

#include <doctest/doctest.h>

#include "facts/code_image.h"

using namespace abicheck;
using abicheck::testing::CodeImage;

namespace {

constexpr std::uint64_t kInit = 0x100;
constexpr std::uint64_t kImportType = 0x800;
constexpr std::uint64_t kText = 0x2100;
constexpr std::uint64_t kNumpy = 0x2300;
constexpr std::uint64_t kDtype = 0x2310;
constexpr std::uint64_t kBuiltins = 0x2320;

// A module whose PyInit_demo begins with `arguments` and calls __Pyx_ImportType, which refers to the text of its era.
CodeImage module(const std::string& text) {
  CodeImage builder;
  builder.text(kText, text).text(kNumpy, "numpy").text(kDtype, "dtype").text(kBuiltins, "builtins");
  builder.exported("PyInit_demo", kInit).function(kInit, kInit + 0x100).function(kImportType, kImportType + 0x100);
  builder.put(builder.relative(kImportType, {0x48, 0x8d, 0x35}, kText), {0xc3});
  return builder;
}

std::string described(CodeImage& builder) {
  Disassembler disassembler;
  const Code code(builder.image(), disassembler);
  Reachability reachability(code, "PyInit_demo");
  const KnownAbi abi;
  const auto texts = find_markers(code.image());
  std::vector<std::uint64_t> addresses;
  for (const MarkerText& text : texts) addresses.push_back(text.address);
  const auto references = find_marker_references(code, texts, code.references_to(addresses));
  const ModuleContext context{code, reachability, texts, references, "cython", abi, false};
  const SizeChecks found = find_size_checks(context);
  std::string result;
  for (const SizeCheck& check : found.checks) {
    const char* modes[] = {"error", "warn", "ignore"};
    result += check.module + "." + check.type + " " + (check.size.value ? std::to_string(*check.size.value) : "?") +
              " " + (check.mode.value ? modes[static_cast<int>(*check.mode.value)] : "?") + ";";
  }
  for (const std::string& unknown : found.unknowns) result += "unknown: " + unknown;
  return result;
}

constexpr const char* kText029 =
    "%.200s.%.200s size changed, may indicate binary incompatibility. Expected %zd from C header, got %zd from "
    "PyObject";
constexpr const char* kText023 = "%s.%s size changed, may indicate binary incompatibility";

std::uint64_t lea(CodeImage& builder, std::uint64_t at, int reg, std::uint64_t target) {
  // rdi 7, rsi 6, rdx 2, rcx 1
  return builder.relative(at, {0x48, 0x8d, 0x05 | reg << 3}, target);
}

}  // namespace

TEST_CASE("Cython 0.29: module, class, size, mode in rsi, rdx, rcx, r8") {
  for (int mode : {0, 1, 2}) {
    CAPTURE(mode);
    CodeImage builder = module(kText029);
    std::uint64_t at = lea(builder, kInit, 6, kNumpy);
    at = lea(builder, at, 2, kDtype);
    builder.put(at, {0xb9, 0x60, 0, 0, 0, 0x41, 0xb8, mode, 0, 0, 0});
    builder.relative(at + 11, {0xe8}, kImportType);
    CHECK(described(builder) == std::string("numpy.dtype 96 ") + (mode == 0   ? "error;"
                                                                  : mode == 1 ? "warn;"
                                                                              : "ignore;"));
  }
}

TEST_CASE("Cython 3: the alignment stands before the mode") {
  CodeImage builder = module(kText029);
  std::uint64_t at = lea(builder, kInit, 6, kNumpy);
  at = lea(builder, at, 2, kDtype);
  builder.put(at, {0xb9, 0x20, 0, 0, 0, 0x41, 0xb8, 8, 0, 0, 0, 0x41, 0xb9, 2, 0, 0, 0});
  builder.relative(at + 17, {0xe8}, kImportType);
  CHECK(described(builder) == "numpy.dtype 32 ignore;");
}

TEST_CASE("Cython up to 0.28: module, class, size, strict in rdi, rsi, rdx, ecx") {
  CodeImage builder = module(kText023);
  std::uint64_t at = lea(builder, kInit, 7, kNumpy);
  at = lea(builder, at, 6, kDtype);
  builder.put(at, {0xba, 0x60, 0, 0, 0, 0x31, 0xc9});
  builder.relative(at + 7, {0xe8}, kImportType);
  CHECK(described(builder) == "numpy.dtype 96 warn;");
}

TEST_CASE("the module's name kept in a register that calls preserve") {
  CodeImage builder = module(kText029);
  std::uint64_t at = builder.relative(kInit, {0x48, 0x8d, 0x2d}, kNumpy);  // lea rbp
  builder.put(at, {0x31, 0xc0, 0x74, 0x00});                               // a branch, so that the block ends
  builder.put(at + 4, {0x48, 0x89, 0xee});                                 // mov rsi,rbp
  at = lea(builder, at + 7, 2, kDtype);
  builder.put(at, {0xb9, 0x58, 0, 0, 0, 0x41, 0xb8, 2, 0, 0, 0});
  builder.relative(at + 11, {0xe8}, kImportType);
  CHECK(described(builder) == "numpy.dtype 88 ignore;");
}

TEST_CASE("types of other modules do not count, and arguments that are no constants are unknown") {
  CodeImage other = module(kText029);
  std::uint64_t at = lea(other, kInit, 6, kBuiltins);
  at = lea(other, at, 2, kDtype);
  other.put(at, {0xb9, 0x60, 0, 0, 0, 0x41, 0xb8, 2, 0, 0, 0});
  other.relative(at + 11, {0xe8}, kImportType);
  CHECK(described(other) == "");

  CodeImage loaded = module(kText029);
  loaded.put(kInit, {0x8b, 0x08});  // mov ecx,[rax]
  loaded.relative(kInit + 2, {0xe8}, kImportType);
  CHECK(described(loaded).rfind("unknown: ", 0) == 0);
}

TEST_CASE("a copy of the check for one size is told by what it writes") {
  const auto checked = [](bool constant) {
    CodeImage builder = module(kText029);
    constexpr std::uint64_t kFormat = 0xa00;
    builder.import("PyErr_Format", 0x3000, kFormat);
    std::uint64_t at = builder.relative(kImportType, {0x48, 0x8d, 0x35}, kText);  // lea rsi
    builder.put(at, {0x48, 0x89, 0xf9});                                          // mov rcx,rdi
    at = lea(builder, at + 3, 2, kNumpy);
    if (constant) {
      builder.put(at, {0x41, 0xb8, 0x60, 0, 0, 0});  // mov r8d,0x60
    } else {
      builder.put(at, {0x4d, 0x89, 0xd0, 0x90, 0x90, 0x90});  // mov r8,r10
    }
    builder.put(builder.relative(at + 6, {0xe8}, kFormat), {0xc3});
    at = lea(builder, kInit, 7, kDtype);
    builder.put(builder.relative(at, {0xe8}, kImportType), {0xc3});
    return described(builder);
  };
  CHECK(checked(true) == "numpy.dtype 96 ?;");
  CHECK(checked(false).starts_with("unknown: "));
}

TEST_CASE("inlined checks of two types that share the error text") {
  constexpr std::uint64_t kFormat = 0x900;
  constexpr std::uint64_t kUfunc = 0x2330;
  CodeImage builder;
  builder.text(kText, kText029).text(kNumpy, "numpy").text(kDtype, "dtype").text(kUfunc, "ufunc");
  builder.exported("PyInit_demo", kInit).function(kInit, kInit + 0x80).import("PyErr_Format", 0x3000, kFormat);
  // cmp rax,95; ja next; lea rcx,dtype; mov r8d,96; jmp shared; next: cmp rax,215; ja end; lea rcx,ufunc; mov r8d,216;
  // shared: lea rdx,numpy; lea rsi,text; call PyErr_Format; end: ret
  builder.put(kInit, {0x48, 0x83, 0xf8, 0x5f, 0x77, 0x0f});
  builder.put(lea(builder, kInit + 6, 1, kDtype), {0x41, 0xb8, 96, 0, 0, 0, 0xeb, 0x15});
  builder.put(kInit + 0x15, {0x48, 0x3d, 0xd7, 0, 0, 0, 0x77, 0x20});
  builder.put(lea(builder, kInit + 0x1d, 1, kUfunc), {0x41, 0xb8, 216, 0, 0, 0});
  std::uint64_t at = lea(builder, kInit + 0x2a, 2, kNumpy);
  at = lea(builder, at, 6, kText);
  builder.put(builder.relative(at, {0xe8}, kFormat), {0xc3});
  CHECK(described(builder) == "numpy.dtype 96 ignore;numpy.ufunc 216 ignore;");
}

TEST_CASE("a check that nothing calls may be unreadable") {
  CodeImage builder = module(kText029);
  builder.put(kInit, {0xc3});
  CHECK(described(builder) == "");
}

TEST_CASE("32-bit code whose text names no sizes: what is compared with tp_basicsize") {
  const auto described_with = [](int compared) {
    CodeImage builder = module(kText023).processor("i686", 32);
    builder.import("PyObject_GetAttr", 0x3000, 0xa00).import("PyOS_snprintf", 0x3004, 0xa10);
    // mov eax,kNumpy; mov edx,kDtype; mov dword [esp],56
    builder.put(kInit, {0xb8}).put32(kInit + 1, kNumpy).put(kInit + 5, {0xba}).put32(kInit + 6, kDtype);
    builder.pointer(kInit + 1, kNumpy).pointer(kInit + 6, kDtype);
    builder.put(kInit + 10, {0xc7, 0x04, 0x24, 56, 0, 0, 0}).relative(kInit + 17, {0xe8}, kImportType);
    // mov edi,edx; sub esp,32; mov [esp+24],eax
    builder.put(kImportType, {0x89, 0xd7, 0x83, 0xec, 0x20, 0x89, 0x44, 0x24, 0x18});
    std::uint64_t at = builder.relative(kImportType + 9, {0xe8}, 0xa00);
    // mov esi,eax; mov eax,[esp+36]; cmp [esi+compared],eax; ja +1; ret
    builder.put(at, {0x89, 0xc6, 0x8b, 0x44, 0x24, 0x24, 0x39, 0x46, compared, 0x77, 0x01, 0xc3});
    // mov eax,[esp+24]; mov [esp+12],eax; mov [esp+16],edi; mov eax,kText; mov [esp+8],eax; mov dword [esp+4],200
    builder.put(at + 12, {0x8b, 0x44, 0x24, 0x18, 0x89, 0x44, 0x24, 0x0c, 0x89, 0x7c, 0x24, 0x10, 0xb8});
    builder.put32(at + 25, kText).pointer(at + 25, kText);
    builder.put(at + 29, {0x89, 0x44, 0x24, 0x08, 0xc7, 0x44, 0x24, 0x04, 200, 0, 0, 0});
    builder.put(builder.relative(at + 41, {0xe8}, 0xa10), {0xc3});
    return described(builder);
  };
  CHECK(described_with(16) == "numpy.dtype 56 ignore;");  // nothing warns
  CHECK(described_with(20) == "unknown: the arguments of a type size check (__Pyx_ImportType) are no constants");
}
