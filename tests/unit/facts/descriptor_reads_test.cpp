#include "facts/descriptor_reads.h"

#include <doctest/doctest.h>

#include "facts/code_image.h"

using namespace abicheck;
using abicheck::testing::CodeImage;

namespace {

constexpr std::uint64_t kLookup = 0x100;
constexpr std::uint64_t kUser = 0x400;
constexpr std::uint64_t kCaller = 0x600;
constexpr std::uint64_t kApi = 0x3100;
constexpr std::uint64_t kCapsuleSlot = 0x3000;
constexpr std::uint64_t kCapsuleStub = 0x800;
constexpr std::uint64_t kNewSlot = 0x3008;
constexpr std::uint64_t kNewStub = 0x820;

// The first members of pybind11's structure, as entries of NumPy's table.
const std::vector<std::uint32_t> kSlots = {211, 45, 94, 96, 82, 85, 2, 39, 3};

std::uint64_t member(std::uint32_t slot) {
  const auto at = std::find(kSlots.begin(), kSlots.end(), slot) - kSlots.begin();
  return kApi + 8 * static_cast<std::uint64_t>(at);
}

// call PyCapsule_GetPointer; then mov rcx,[rax+8*slot]; mov [member],rcx for each of them; ret
CodeImage module_with(const std::vector<int>& user) {
  CodeImage builder;
  builder.import("PyCapsule_GetPointer", kCapsuleSlot, kCapsuleStub).import("_Znwm", kNewSlot, kNewStub);
  std::uint64_t at = builder.relative(kLookup, {0xe8}, kCapsuleStub);
  for (const std::uint32_t slot : kSlots) {
    builder.put(at, {0x48, 0x8b, 0x88}).put32(at + 3, 8 * slot);
    at = builder.relative(at + 7, {0x48, 0x89, 0x0d}, member(slot));
  }
  builder.put(at, {0xc3}).put(kUser, user);
  builder.function(kLookup, kLookup + 0x200).function(kUser, kUser + 0x100).function(kCaller, kCaller + 0x100);
  return builder;
}

struct Found {
  std::string slots;
  std::string reads;
};

Found found_in(CodeImage builder) {
  Disassembler disassembler;
  const Code code(builder.image(), disassembler);
  Reachability reachability(code, "");
  KnownAbi abi = {{}, 0, 211, 210};
  abi.old_slots = {{"PyArray_DescrFromType", 45}, {"PyArray_NewFromDescr", 94}, {"PyArray_CopyInto", 82},
                   {"PyArray_Type", 2},           {"PyArrayDescr_Type", 3},     {"PyArray_NewCopy", 85}};
  abi.old_64 = {{{"flags", 27, 1}, {"elsize", 32, 4}, {"alignment", 36, 4}, {"names", 56, 8}}, 56};
  const ModuleContext context{code, reachability, {}, {}, "pybind11", abi, false};
  const CallGraph calls(code);
  InstructionCache cache(code);
  const PybindApi api = find_pybind_api(context, calls, cache);
  Found found;
  if (!api.found()) return {"", api.unknown_because};
  const std::vector<ApiSlotUse> slots = find_pybind_slots(context, api, calls);
  for (const ApiSlotUse& use : slots) found.slots += std::to_string(use.index) + ";";
  for (const DescriptorRead& read : find_descriptor_reads(context, api, slots, calls, cache)) {
    const char* names[] = {"proven", "undecided", "harmless"};
    found.reads += (read.member.empty() ? "?" : read.member) + " " + names[static_cast<int>(read.status)] +
                   (read.effect == DescriptorRead::Effect::kStrides ? " strides;" : ";");
  }
  return found;
}

// call [member of `slot`]
std::uint64_t call_member(CodeImage& builder, std::uint64_t at, std::uint32_t slot) {
  return builder.relative(at, {0xff, 0x15}, member(slot));
}

}  // namespace

TEST_CASE("entries of pybind11's copy of the table count where they are called") {
  CodeImage builder = module_with({});
  builder.put(call_member(builder, kUser, 82), {0xc3});
  CHECK(found_in(builder).slots == "82;");
  CHECK(found_in(module_with({0xc3})).slots.empty());
}

TEST_CASE("without the copy nothing is said") {
  CodeImage builder;
  builder.put(kUser, {0xc3}).function(kUser, kUser + 0x100);
  CHECK(found_in(builder).reads == "pybind11's copy of NumPy's table was not found");
}

TEST_CASE("members of what a function of the table returned") {
  const auto reads = [](const std::vector<int>& behind) {
    CodeImage builder = module_with({});
    builder.put(call_member(builder, kUser, 45), behind);
    return found_in(builder).reads;
  };
  CHECK(reads({0x48, 0x63, 0x40, 0x20, 0xc3}) == "elsize proven;");       // movsxd rax,dword [rax+0x20]
  CHECK(reads({0x48, 0x83, 0x78, 0x38, 0x00, 0xc3}) == "names proven;");  // cmp qword [rax+0x38],0
  CHECK(reads({0x0f, 0xbe, 0x40, 0x1b, 0xc3}) == "flags undecided;");     // movsx eax,byte [rax+0x1b]
  CHECK(reads({0x0f, 0xbe, 0x40, 0x18, 0xc3}).empty());                   // kind, which has not moved
  CHECK(reads({0x48, 0x8b, 0x40, 0x20, 0xc3}).empty());                   // eight bytes: something else
}

TEST_CASE("the dtype of an array that a function of the table made") {
  CodeImage builder = module_with({});
  // call NewCopy; mov rax,[rax+0x38]; movsxd rax,dword [rax+0x20]; ret
  builder.put(call_member(builder, kUser, 85), {0x48, 0x8b, 0x40, 0x38, 0x48, 0x63, 0x40, 0x20, 0xc3});
  CHECK(found_in(builder).reads == "elsize proven;");
}

TEST_CASE("the dtype of what may be an array is not decided") {
  CodeImage builder = module_with({});
  std::uint64_t at = call_member(builder, kUser, 45);
  // mov rax,[rbx]; mov rax,[rax+0x38]; movsxd rax,dword [rax+0x20]; ret
  builder.put(at, {0x48, 0x8b, 0x03, 0x48, 0x8b, 0x40, 0x38, 0x48, 0x63, 0x40, 0x20, 0xc3});
  CHECK(found_in(builder).reads == "elsize undecided;");
}

namespace {

// A constructor: rdi = dtype, rsi = strides (a vector), rdx = extents (a vector), one of them:
//   push rbx; push rbp; mov rbx,rdi; mov rbp,rdx; mov rcx,[rsi]; mov r8,[rsi+8]; cmp rcx,r8; jne +4;
//   movsxd rax,dword [rbx+0x20]; mov rsi,rbx; mov edx,1; mov rcx,[rbp]; call NewFromDescr; pop rbp; pop rbx; ret
void put_constructor(CodeImage& builder) {
  builder.put(kUser, {0x53, 0x55, 0x48, 0x89, 0xfb, 0x48, 0x89, 0xd5, 0x48, 0x8b, 0x0e, 0x4c,
                      0x8b, 0x46, 0x08, 0x4c, 0x39, 0xc1, 0x75, 4,    0x48, 0x63, 0x43, 0x20,
                      0x48, 0x89, 0xde, 0xba, 1,    0,    0,    0,    0x48, 0x8b, 0x4d, 0x00});
  builder.put(call_member(builder, kUser + 36, 94), {0x5d, 0x5b, 0xc3});
}

// A caller that makes `count` the one extent and, with or without, a stride:
//   sub rsp,0x58; mov r12,rsi; mov edi,8; call new; mov [rax],count; mov [rsp],rax; ...; call constructor; add rsp; ret
std::string made_with(const std::vector<int>& store_count, bool with_strides) {
  CodeImage builder = module_with({});
  put_constructor(builder);
  std::uint64_t at = kCaller;
  const auto put = [&](const std::vector<int>& bytes) {
    builder.put(at, bytes);
    at += bytes.size();
  };
  const auto allocate = [&](int begin) {
    put({0xbf, 8, 0, 0, 0});
    at = builder.relative(at, {0xe8}, kNewStub);
    put({0x48, 0x89, 0x44, 0x24, begin, 0x48, 0x8d, 0x50, 0x08, 0x48, 0x89, 0x54, 0x24, begin + 8});
  };
  put({0x48, 0x83, 0xec, 0x58, 0x49, 0x89, 0xf4});
  allocate(0x10);
  put(store_count);
  if (with_strides) {
    allocate(0x30);
  } else {
    put({0x0f, 0x57, 0xc0, 0x0f, 0x29, 0x44, 0x24, 0x30});  // xorps xmm0,xmm0; movaps [rsp+0x30],xmm0
  }
  put({0x48, 0x8d, 0x74, 0x24, 0x30, 0x48, 0x8d, 0x54, 0x24, 0x10, 0x48, 0x89, 0xdf});
  at = builder.relative(at, {0xe8}, kUser);
  put({0x48, 0x83, 0xc4, 0x58, 0xc3});
  return found_in(builder).reads;
}

const std::vector<int> kHanded = {0x4c, 0x89, 0x20};           // mov [rax],r12
const std::vector<int> kOne = {0x48, 0xc7, 0x00, 1, 0, 0, 0};  // mov qword [rax],1
const std::vector<int> kFive = {0x48, 0xc7, 0x00, 5, 0, 0, 0};

}  // namespace

TEST_CASE("the constructor's read matters without strides and above one item") {
  CHECK(made_with(kFive, false) == "elsize proven strides;");
  CHECK(made_with(kHanded, false) == "elsize proven strides;");
  CHECK(made_with(kOne, false) == "elsize harmless strides;");
  CHECK(made_with(kFive, true).empty());
}
