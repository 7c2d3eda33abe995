#include "facts/term_run.h"

#include <doctest/doctest.h>

#include "facts/code_image.h"

using namespace abicheck;
using abicheck::testing::CodeImage;

namespace {

constexpr std::uint64_t kFunction = 0x100;
constexpr std::uint64_t kInner = 0x400;
constexpr std::uint64_t kMember = 0x3100;
constexpr std::uint64_t kGuard = 0x3200;

// Writes down where memory is read below something that was handed over, and what calls of the table are given.
class Notes : public TermListener {
 public:
  explicit Notes(const TermWorld& world) : world_(world) {}
  void met(const Instruction& one, const TermState& state, Chain) override {
    for (const Operand& operand : one.operands) {
      const bool written = one.operation == Operation::kMove && &operand == &one.operands[0];
      if (!operand.is_memory() || operand.absolute || written || one.operation == Operation::kLea) continue;
      text[one.address] = "[" + describe(state.address_of(world_, operand)) + "]";
    }
  }
  Term member_called(std::uint32_t slot, const Instruction& call, TermState& state, Chain chain) override {
    text[call.address] = std::to_string(slot) + "(" + describe(state.argument(world_, 0)) + ")";
    return world_.terms.result(call.address, chain);
  }
  void import_called(std::string_view, const Instruction&, const TermState&) override {}
  void own_called(std::uint64_t, const Instruction& call, const TermState&) override { text[call.address] = "passed"; }

  std::string describe(const Term& term) const {
    const RootOf& root = world_.terms.of(term);
    const std::string offset = term.offset == 0 ? "" : "+" + std::to_string(term.offset);
    switch (root.kind) {
      case RootOf::Kind::kNumber:
        return std::to_string(term.offset);
      case RootOf::Kind::kParameter:
        return "p" + std::to_string(root.place) + offset;
      case RootOf::Kind::kLoad:
        return "[" + describe({root.base, root.offset}) + "]" + offset;
      case RootOf::Kind::kHeap:
        return "heap" + offset;
      case RootOf::Kind::kMet:
        return "met" + offset;
      case RootOf::Kind::kStack:
        return "stack" + offset;
      default:
        return "?";
    }
  }

  std::map<std::uint64_t, std::string> text;

 private:
  const TermWorld& world_;
};

// What is noted of kFunction, by place.
std::string notes(CodeImage builder, std::size_t steps = 1000) {
  builder.function(kFunction, kFunction + 0x100).function(kInner, kInner + 0x80);
  Disassembler disassembler;
  const Code code(builder.image(), disassembler);
  const CallGraph calls(code);
  InstructionCache cache(code);
  Terms terms;
  const std::unordered_map<std::uint64_t, std::uint32_t> members{{kMember, 94}};
  const TermWorld world{code.machine(), code.image(), terms, members, true, nullptr};
  Notes listener(world);
  TermRun run(code, calls, cache, world, listener, {.steps = steps, .depth = 2, .small = 200});
  run.follow(kFunction);
  std::string all;
  for (const auto& [place, note] : listener.text) all += note + (run.complete() ? ";" : "...");
  return all;
}

std::string notes(const std::vector<int>& bytes) {
  CodeImage builder;
  builder.put(kFunction, bytes);
  return notes(builder);
}

}  // namespace

TEST_CASE("loads through loads are terms of any depth") {
  // mov rax,[rdi]; mov rax,[rax+0x38]; movsxd rbx,dword [rax+0x20]; ret
  CHECK(notes({0x48, 0x8b, 0x07, 0x48, 0x8b, 0x40, 0x38, 0x48, 0x63, 0x58, 0x20, 0xc3}) ==
        "[p0];[[p0]+56];[[[p0]+56]+32];");
}

TEST_CASE("what was put into memory is found there again, by vectors too") {
  // movups xmm0,[rsi]; movups [rsp-0x20],xmm0; mov rax,[rsp-0x18]; mov rcx,[rax+8]; ret
  CHECK(notes({0x0f, 0x10, 0x06, 0x0f, 0x11, 0x44, 0x24, 0xe0, 0x48, 0x8b, 0x44, 0x24, 0xe8, 0x48, 0x8b, 0x48, 0x08,
               0xc3}) == "[p1];[stack+-32];[stack+-24];[[p1+8]+8];");
  // movq xmm0,rdi; movq xmm1,rsi; punpcklqdq xmm0,xmm1; movaps [rsp-0x20],xmm0; mov rax,[rsp-0x18]; mov rcx,[rax]; ret
  CHECK(notes({0x66, 0x48, 0x0f, 0x6e, 0xc7, 0x66, 0x48, 0x0f, 0x6e, 0xce, 0x66, 0x0f, 0x6c, 0xc1,
               0x0f, 0x29, 0x44, 0x24, 0xe0, 0x48, 0x8b, 0x44, 0x24, 0xe8, 0x48, 0x8b, 0x08, 0xc3}) ==
        "[stack+-32];[stack+-24];[p1];");
}

TEST_CASE("branches that values decide are followed one way, others both") {
  // xor eax,eax; test eax,eax; jne +4; mov rcx,[rdi]; ret; mov rcx,[rsi]; ret
  CHECK(notes({0x31, 0xc0, 0x85, 0xc0, 0x75, 4, 0x48, 0x8b, 0x0f, 0xc3, 0x48, 0x8b, 0x0e, 0xc3}) == "[p0];");
  // test edx,edx; jne +4; mov rcx,[rdi]; ret; mov rcx,[rsi]; ret
  CHECK(notes({0x85, 0xd2, 0x75, 4, 0x48, 0x8b, 0x0f, 0xc3, 0x48, 0x8b, 0x0e, 0xc3}) == "[p0];[p1];");
  // test edx,edx; je +3; mov rdi,rsi; mov rcx,[rdi]; ret: where both ways meet it is neither
  CHECK(notes({0x85, 0xd2, 0x74, 3, 0x48, 0x89, 0xf7, 0x48, 0x8b, 0x0f, 0xc3}) == "[met];");
}

TEST_CASE("the flag of a variable that is filled once is taken for set") {
  CodeImage builder;
  // cmp byte [guard],0; je ud2; call [member]; ret
  const std::uint64_t cmp = kFunction;
  builder.put(cmp, {0x80, 0x3d}).put32(cmp + 2, static_cast<std::uint32_t>(kGuard - (cmp + 7))).put(cmp + 6, {0x00});
  builder.put(cmp + 7, {0x74, 7});
  const std::uint64_t end = builder.relative(cmp + 9, {0xff, 0x15}, kMember);
  builder.put(end, {0xc3, 0x48, 0x8b, 0x07, 0xc3});
  CHECK(notes(builder) == "94(p0);");
}

TEST_CASE("a function that is entered hands back what it knows, apart for each truth that it returns") {
  CodeImage builder;
  // sub rsp,0x18; mov rdi,rsp (to be filled); call inner; test al,al; je +8; mov rax,[rsp]; mov rcx,[rax+0x20]; ret
  builder.put(kFunction, {0x48, 0x83, 0xec, 0x18, 0x48, 0x89, 0xe7});
  const std::uint64_t end = builder.relative(kFunction + 7, {0xe8}, kInner);
  builder.put(end, {0x84, 0xc0, 0x74, 8, 0x48, 0x8b, 0x04, 0x24, 0x48, 0x8b, 0x48, 0x20, 0x48, 0x83, 0xc4, 0x18, 0xc3});
  // inner: test edx,edx; je +6; mov [rdi],rsi; mov al,1; ret; xor eax,eax; ret
  builder.put(kInner, {0x85, 0xd2, 0x74, 6, 0x48, 0x89, 0x37, 0xb0, 1, 0xc3, 0x31, 0xc0, 0xc3});
  CHECK(notes(builder) == "[stack+-24];[p1+32];");
}

TEST_CASE("loops come to an end, and so does a run") {
  // mov rdi,[rdi+8]; test rdi,rdi; jne -9; ret
  const std::vector<int> list = {0x48, 0x8b, 0x7f, 0x08, 0x48, 0x85, 0xff, 0x75, 0xf7, 0xc3};
  CHECK(notes(list) == "[met+8];");
  CodeImage builder;
  builder.put(kFunction, list);
  CHECK(notes(builder, 3) == "[p0+8]...");
}

TEST_CASE("memory that is allocated is its own") {
  CodeImage builder;
  builder.import("_Znwm", 0x3000, 0x600);
  // call operator new; mov [rax],rbx; cmp rax,0; je +3; mov rcx,[rax+8]; ret
  const std::uint64_t end = builder.relative(kFunction, {0xe8}, 0x600);
  builder.put(end, {0x48, 0x89, 0x18, 0x48, 0x83, 0xf8, 0x00, 0x74, 4, 0x48, 0x8b, 0x48, 0x08, 0xc3});
  CHECK(notes(builder) == "[heap+8];");
}

TEST_CASE("vector registers of other processors: two words in each, four of 32 bits") {
  const auto arm64 = [](const std::vector<std::uint32_t>& words) {
    return notes(CodeImage().processor("aarch64", 64).words(kFunction, words));
  };
  // ldr q0,[x1]; str q0,[sp,#-32]!; ldr x2,[sp,#8]; ldr x3,[x2,#8]; ret
  CHECK(arm64({0x3dc00020, 0x3c9e0fe0, 0xf94007e2, 0xf9400443, 0xd65f03c0}) == "[p1];[stack+-24];[[p1+8]+8];");
  // ldp q0,q1,[x1]; stp q1,q0,[sp,#-32]!; ldr x2,[sp,#24]; ldr x3,[x2]; ret
  CHECK(arm64({0xad400420, 0xadbf03e1, 0xf9400fe2, 0xf9400043, 0xd65f03c0}) == "[p1];[stack+-8];[[p1+8]];");
  // fmov d0,x0; mov v0.d[1],x1; movi v1.2d,#0; stp q0,q1,[sp]; ldr x2,[sp,#8]; ldr x3,[x2]; ldr x4,[sp,#16];
  // ldr x5,[x4,#72]; ret
  CHECK(arm64({0x9e670000, 0x4e181c20, 0x6f00e401, 0xad0007e0, 0xf94007e2, 0xf9400043, 0xf9400be4, 0xf9402485,
               0xd65f03c0}) == "[stack+8];[p1];[stack+16];[72];");
  // What is computed in them is not known: ldr q0,[x1]; fadd v0.2d,v0.2d,v0.2d; str q0,[sp]; ldr x2,[sp];
  // ldr x3,[x2]; ret
  CHECK(arm64({0x3dc00020, 0x4e60d400, 0x3d8003e0, 0xf94003e2, 0xf9400043, 0xd65f03c0}) == "[p1];[stack];[?];");
  // mov eax,[esp+4]; movups xmm0,[eax]; movups [esp-0x20],xmm0; mov ecx,[esp-0x14]; mov edx,[ecx+4]; ret
  CHECK(notes(CodeImage().processor("i686", 32).put(kFunction, {0x8b, 0x44, 0x24, 0x04, 0x0f, 0x10, 0x00,
                                                                0x0f, 0x11, 0x44, 0x24, 0xe0, 0x8b, 0x4c,
                                                                0x24, 0xec, 0x8b, 0x51, 0x04, 0xc3})) ==
        "[stack+4];[p0];[stack+-32];[stack+-20];[[p0+12]+4];");
}

TEST_CASE("vector registers of 32 bytes, whose upper half shorter moves overwrite") {
  // vmovups ymm0,[rsi]; (more;) vmovups [rsp-0x40],ymm0; mov rax,[rsp-0x28]; mov rcx,[rax+8]; ret
  const auto copied = [](const std::vector<int>& more) {
    std::vector<int> bytes = {0xc5, 0xfc, 0x10, 0x06};
    bytes.insert(bytes.end(), more.begin(), more.end());
    for (const int byte :
         {0xc5, 0xfc, 0x11, 0x44, 0x24, 0xc0, 0x48, 0x8b, 0x44, 0x24, 0xd8, 0x48, 0x8b, 0x48, 0x08, 0xc3})
      bytes.push_back(byte);
    return notes(bytes);
  };
  CHECK(copied({}) == "[p1];[stack+-64];[stack+-40];[[p1+24]+8];");
  CHECK(copied({0xc5, 0xf8, 0x10, 0x07}) == "[p1];[p0];[stack+-64];[stack+-40];[8];");  // vmovups xmm0,[rdi]
  CHECK(copied({0x0f, 0x10, 0x07}) == "[p1];[p0];[stack+-64];[stack+-40];[?];");        // movups xmm0,[rdi]
  // vxorps xmm0,xmm0,xmm0; vpxor ymm0,ymm0,ymm0
  CHECK(copied({0xc5, 0xf8, 0x57, 0xc0}) == "[p1];[stack+-64];[stack+-40];[8];");
  CHECK(copied({0xc5, 0xfd, 0xef, 0xc0}) == "[p1];[stack+-64];[stack+-40];[8];");
  // vextractf128 xmm1,ymm0,1; vmovups [rsp-0x30],xmm1
  CHECK(notes({0xc5, 0xfc, 0x10, 0x06, 0xc4, 0xe3, 0x7d, 0x19, 0xc1, 0x01, 0xc5, 0xf8, 0x11,
               0x4c, 0x24, 0xd0, 0x48, 0x8b, 0x44, 0x24, 0xd8, 0x48, 0x8b, 0x48, 0x08, 0xc3}) ==
        "[p1];[stack+-48];[stack+-40];[[p1+24]+8];");
  CHECK(copied({0xc5, 0xf8, 0x77}) == "[p1];[stack+-64];[stack+-40];[?];");  // vzeroupper
}

TEST_CASE("a callee of 32-bit x86 may take its arguments off the stack") {
  // push [esp+4]; push 1; call inner; mov eax,[esp]; mov ecx,[eax]; pop eax; ret
  const auto calling = [](const std::vector<int>& inner, std::uint64_t end) {
    CodeImage builder;
    builder.processor("i686", 32).put(kFunction, {0xff, 0x74, 0x24, 0x04, 0x6a, 0x01});
    const std::uint64_t behind = builder.relative(kFunction + 6, {0xe8}, kInner);
    builder.put(behind, {0x8b, 0x04, 0x24, 0x8b, 0x08, 0x58, 0xc3}).put(kInner, inner).put(end, {0xc3});
    return notes(builder);
  };
  CHECK(calling({0xc3}, kInner + 1) == "[stack+4];[stack+-8];[1];");               // ret
  CHECK(calling({0xc2, 0x04, 0x00}, kInner + 3) == "[stack+4];[stack+-4];[p0];");  // ret 4
  // The same of one that is not followed, because it calls itself: call inner; ret 4
  CHECK(calling({0xe8, 0xfb, 0xff, 0xff, 0xff, 0xc2, 0x04, 0x00}, kInner + 8) == "[stack+4];[stack+-4];[p0];passed;");
}

TEST_CASE("conditional returns and compares of PowerPC") {
  CodeImage builder;
  builder.processor("ppc64le", 64);
  // bl inner; ld r5,8(r3); blr. inner: cmpdi r3,0; beqlr; ld r3,0(r3); blr
  builder.words(kFunction, {0x48000300 | 1, 0xe8a30008, 0x4e800020});
  builder.words(kInner, {0x2c230000, 0x4d820020, 0xe8630000, 0x4e800020});
  CHECK(notes(builder) == "[met+8];[p0];");
  // li r6,0; cmpdi r6,0; cmpdi cr7,r4,0; beq cr7,.+8; ld r5,0(r3); blr: the other compare decides
  CodeImage fields;
  fields.processor("ppc64le", 64)
      .words(kFunction, {0x38c00000, 0x2c260000, 0x2fa40000, 0x419e0008, 0xe8a30000, 0x4e800020});
  CHECK(notes(fields) == "[p0];");
  // li r6,0; cmpdi cr7,r4,0; cmpdi r6,0; beq cr7,.+8; ld r5,0(r3); blr
  fields.words(kFunction, {0x38c00000, 0x2fa40000, 0x2c260000, 0x419e0008, 0xe8a30000, 0x4e800020});
  CHECK(notes(fields) == "[p0];");
}
