// x86 in 64 and 32 bits.
//
// References are found by their bytes, not by disassembling everything: position-independent 64-bit code names another
// place only by a 32-bit distance that ends (or, for our instructions, always ends) the instruction. One pass compares
// "place + distance" with the wanted addresses at several GB/s; only the few hits are looked at as instructions. 32-bit
// code names data by its address or by its distance from the GOT or an address in the function, which is the same pass
// without the place.
#include "disasm/x86.h"

#include <capstone/capstone.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "base/bytes.h"
#include "disasm/architecture.h"

namespace abicheck {

namespace {

Register general_register(unsigned reg) {
  switch (reg) {
#define PART(name, b, w, d, q) \
  case X86_REG_##b:            \
  case X86_REG_##w:            \
  case X86_REG_##d:            \
  case X86_REG_##q:            \
    return x86::name;
    PART(rax, AL, AX, EAX, RAX)
    PART(rcx, CL, CX, ECX, RCX)
    PART(rdx, DL, DX, EDX, RDX)
    PART(rbx, BL, BX, EBX, RBX)
    PART(rsp, SPL, SP, ESP, RSP)
    PART(rbp, BPL, BP, EBP, RBP)
    PART(rsi, SIL, SI, ESI, RSI)
    PART(rdi, DIL, DI, EDI, RDI)
    PART(r8, R8B, R8W, R8D, R8)
    PART(r9, R9B, R9W, R9D, R9)
    PART(r10, R10B, R10W, R10D, R10)
    PART(r11, R11B, R11W, R11D, R11)
    PART(r12, R12B, R12W, R12D, R12)
    PART(r13, R13B, R13W, R13D, R13)
    PART(r14, R14B, R14W, R14D, R14)
    PART(r15, R15B, R15W, R15D, R15)
#undef PART
    case X86_REG_AH:
      return x86::rax;
    case X86_REG_BH:
      return x86::rbx;
    case X86_REG_CH:
      return x86::rcx;
    case X86_REG_DH:
      return x86::rdx;
    default:
      return kNoRegister;
  }
}

// Whether the four bytes at `offset` of the instruction are an address that the loader changes (32-bit PE).
bool relocated(const cs_insn& insn, std::uint8_t offset, const BinaryImage& image) {
  return image.bits == 32 && offset != 0 && image.relocation_at(insn.address + offset) != nullptr;
}

// What neither Linux nor Windows maps. Code that is not relocated may name such places: through null pointers.
constexpr std::int64_t kLowestMapped = 0x10000;

Operand convert_operand(const cs_x86_op& op, const cs_insn& insn, const BinaryImage& image) {
  Operand operand;
  operand.width = op.size;
  switch (op.type) {
    case X86_OP_REG:
      operand.kind = Operand::Kind::kRegister;
      operand.reg = general_register(op.reg);
      break;
    case X86_OP_IMM:
      operand.kind = Operand::Kind::kImmediate;
      operand.value = op.imm;
      operand.absolute = relocated(insn, insn.detail->x86.encoding.imm_offset, image);
      if (operand.absolute) operand.value = static_cast<std::uint32_t>(op.imm);
      break;
    case X86_OP_MEM:
      operand.kind = Operand::Kind::kMemory;
      operand.reg = general_register(op.mem.base);
      operand.index = general_register(op.mem.index);
      operand.value = op.mem.disp;
      if (op.mem.base == X86_REG_RIP) {
        operand.absolute = true;
        operand.value += static_cast<std::int64_t>(insn.address + insn.size);
      } else if (op.mem.base == X86_REG_INVALID && op.mem.index == X86_REG_INVALID && image.bits == 32 &&
                 op.mem.segment == X86_REG_INVALID &&
                 (op.mem.disp >= kLowestMapped || op.mem.disp < 0 ||
                  relocated(insn, insn.detail->x86.encoding.disp_offset, image))) {
        operand.absolute = true;
        operand.value = static_cast<std::uint32_t>(op.mem.disp);
      }
      operand.shift = static_cast<std::uint8_t>(std::countr_zero(static_cast<unsigned>(std::max(op.mem.scale, 1))));
      break;
    default:
      break;
  }
  return operand;
}

Condition condition_of(unsigned id) {
  switch (id) {
    case X86_INS_JE:
    case X86_INS_SETE:
      return Condition::kEqual;
    case X86_INS_JNE:
    case X86_INS_SETNE:
      return Condition::kNotEqual;
    case X86_INS_JB:
    case X86_INS_JL:
    case X86_INS_SETB:
    case X86_INS_SETL:
      return Condition::kBelow;
    case X86_INS_JAE:
    case X86_INS_JGE:
    case X86_INS_SETAE:
    case X86_INS_SETGE:
      return Condition::kAboveEqual;
    case X86_INS_JBE:
    case X86_INS_JLE:
    case X86_INS_SETBE:
    case X86_INS_SETLE:
      return Condition::kBelowEqual;
    case X86_INS_JA:
    case X86_INS_JG:
    case X86_INS_SETA:
    case X86_INS_SETG:
      return Condition::kAbove;
    case X86_INS_JS:
      return Condition::kNegative;
    case X86_INS_JNS:
      return Condition::kNotNegative;
    case X86_INS_JO:
    case X86_INS_JNO:
    case X86_INS_JP:
    case X86_INS_JNP:
    case X86_INS_JCXZ:
    case X86_INS_JECXZ:
    case X86_INS_JRCXZ:
    case X86_INS_LOOP:
    case X86_INS_LOOPE:
    case X86_INS_LOOPNE:
      return Condition::kOther;
    default:
      return Condition::kNone;
  }
}

bool is_set(unsigned id) {
  switch (id) {
    case X86_INS_SETE:
    case X86_INS_SETNE:
    case X86_INS_SETB:
    case X86_INS_SETL:
    case X86_INS_SETAE:
    case X86_INS_SETGE:
    case X86_INS_SETBE:
    case X86_INS_SETLE:
    case X86_INS_SETA:
    case X86_INS_SETG:
      return true;
    default:
      return false;
  }
}

Operation operation_of(const cs_insn& insn, const Instruction& so_far) {
  const auto& [first, second] = so_far.operands;
  switch (insn.id) {
    case X86_INS_MOV:
    case X86_INS_MOVABS:
    case X86_INS_MOVSXD:
    case X86_INS_MOVZX:
    case X86_INS_MOVSX:
      return Operation::kMove;
    case X86_INS_LEA:
      return Operation::kLea;
    case X86_INS_XOR:
      return first.is_register() && second.is_register() && first.reg == second.reg ? Operation::kZero
                                                                                    : Operation::kOther;
    case X86_INS_OR:
      return second.is_immediate() && second.value == -1 ? Operation::kOnes : Operation::kOther;
    case X86_INS_INC:
    case X86_INS_DEC:
      return Operation::kAdd;
    case X86_INS_ADD:
    case X86_INS_SUB:
      return second.is_immediate() ? Operation::kAdd : Operation::kOther;
    case X86_INS_AND:  // the stack pointer rounded down: taken for the lowest that it can become
      return first.is_register() && first.reg == x86::rsp && second.is_immediate() ? Operation::kAdd
                                                                                   : Operation::kOther;
    case X86_INS_CMP:
      return Operation::kCompare;
    case X86_INS_TEST:  // of a register with itself: a compare with 0
      return first.is_register() && second.is_register() && first.reg == second.reg ? Operation::kCompare
                                                                                    : Operation::kTest;
    case X86_INS_PUSH:
    case X86_INS_PUSHFD:
    case X86_INS_PUSHFQ:
      return Operation::kPush;
    case X86_INS_POP:
    case X86_INS_POPFD:
    case X86_INS_POPFQ:
      return Operation::kPop;
    case X86_INS_COMISS:
    case X86_INS_COMISD:
    case X86_INS_UCOMISS:
    case X86_INS_UCOMISD:
    case X86_INS_VCOMISS:
    case X86_INS_VCOMISD:
    case X86_INS_VUCOMISS:
    case X86_INS_VUCOMISD:
    case X86_INS_PTEST:
    case X86_INS_VPTEST:
    case X86_INS_PCMPESTRI:
    case X86_INS_PCMPISTRI:
    case X86_INS_VPCMPESTRI:
    case X86_INS_VPCMPISTRI:
      return Operation::kTest;
    case X86_INS_CALL:
      return Operation::kCall;
    case X86_INS_JMP:
      return Operation::kJump;
    case X86_INS_RET:
      return Operation::kReturn;
    case X86_INS_UD0:
    case X86_INS_UD2:
    case X86_INS_HLT:
    case X86_INS_INT3:
      return Operation::kTrap;
    default:
      if (is_set(insn.id)) return Operation::kSet;
      return condition_of(insn.id) == Condition::kNone ? Operation::kOther : Operation::kBranch;
  }
}

// The names of some string instructions are those of SSE instructions too, which have no two operands in memory.
bool is_string_instruction(const cs_insn& insn) {
  const cs_x86& x86 = insn.detail->x86;
  return x86.op_count == 2 && x86.operands[0].type == X86_OP_MEM && x86.operands[1].type == X86_OP_MEM;
}

// The registers that instructions overwrite without naming them (Intel SDM volume 2), which Capstone does not tell in
// the form that is built here.
std::uint64_t unnamed_registers(const cs_insn& insn) {
  switch (insn.id) {
    case X86_INS_MUL:
    case X86_INS_DIV:
    case X86_INS_IDIV:
    case X86_INS_CDQ:
    case X86_INS_CQO:
    case X86_INS_CWD:
    case X86_INS_RDTSC:
    case X86_INS_XGETBV:
    case X86_INS_CMPXCHG8B:
    case X86_INS_CMPXCHG16B:
      return registers_mask({x86::rax, x86::rdx});
    case X86_INS_IMUL:
      return insn.detail->x86.op_count == 1 ? registers_mask({x86::rax, x86::rdx}) : 0;
    case X86_INS_CBW:
    case X86_INS_CWDE:
    case X86_INS_CDQE:
    case X86_INS_CMPXCHG:
    case X86_INS_LAHF:
      return registers_mask({x86::rax});
    case X86_INS_RDTSCP:
      return registers_mask({x86::rax, x86::rcx, x86::rdx});
    case X86_INS_CPUID:
      return registers_mask({x86::rax, x86::rbx, x86::rcx, x86::rdx});
    case X86_INS_SYSCALL:
      return registers_mask({x86::rax, x86::rcx, x86::r11});
    case X86_INS_LODSB:
    case X86_INS_LODSW:
    case X86_INS_LODSD:
    case X86_INS_LODSQ:
      return registers_mask({x86::rax, x86::rsi, x86::rcx});
    case X86_INS_STOSB:
    case X86_INS_STOSW:
    case X86_INS_STOSD:
    case X86_INS_STOSQ:
    case X86_INS_SCASB:
    case X86_INS_SCASW:
    case X86_INS_SCASD:
    case X86_INS_SCASQ:
    case X86_INS_MOVSB:
    case X86_INS_MOVSW:
    case X86_INS_MOVSQ:
    case X86_INS_CMPSB:
    case X86_INS_CMPSW:
    case X86_INS_CMPSQ:
      return registers_mask({x86::rsi, x86::rdi, x86::rcx});
    case X86_INS_MOVSD:
    case X86_INS_CMPSD:
      return is_string_instruction(insn) ? registers_mask({x86::rsi, x86::rdi, x86::rcx}) : 0;
    case X86_INS_LOOP:
    case X86_INS_LOOPE:
    case X86_INS_LOOPNE:
    case X86_INS_PCMPESTRI:
    case X86_INS_PCMPISTRI:
    case X86_INS_VPCMPESTRI:
    case X86_INS_VPCMPISTRI:
      return registers_mask({x86::rcx});
    case X86_INS_POPAW:
    case X86_INS_POPAL:
      return registers_mask({x86::rax, x86::rbx, x86::rcx, x86::rdx, x86::rsi, x86::rdi, x86::rbp});
    default:
      return 0;
  }
}

// The registers that an instruction overwrites beside its first operand. Those of pushes, calls and returns, which only
// move the stack pointer, are no part of it.
std::uint64_t clobbered_registers(const cs_insn& insn, const Instruction& decoded) {
  if (decoded.operation == Operation::kCall) return 0;
  std::uint64_t clobbered = unnamed_registers(insn);
  const bool writes_both = insn.id == X86_INS_XCHG || insn.id == X86_INS_XADD || insn.id == X86_INS_MULX;
  for (const Operand& operand : decoded.operands) {
    const bool written = writes_both && operand.is_register() && operand.reg < kRegisterCount;
    if (written) clobbered |= std::uint64_t{1} << operand.reg;
  }
  return clobbered;
}

// String instructions write where rdi points; the second operand of an exchange may be memory.
bool writes_other_memory(const cs_insn& insn) {
  switch (insn.id) {
    case X86_INS_SYSCALL:
    case X86_INS_STOSB:
    case X86_INS_STOSW:
    case X86_INS_STOSD:
    case X86_INS_STOSQ:
    case X86_INS_MOVSB:
    case X86_INS_MOVSW:
    case X86_INS_MOVSQ:
      return true;
    case X86_INS_MOVSD:
      return is_string_instruction(insn);
    case X86_INS_XCHG:
    case X86_INS_XADD:
      return insn.detail->x86.op_count == 2 && insn.detail->x86.operands[1].type == X86_OP_MEM;
    default:
      return false;
  }
}

Register written_register(const Instruction& decoded) {
  switch (decoded.operation) {
    case Operation::kCompare:
    case Operation::kTest:
    case Operation::kPush:
    case Operation::kJump:
    case Operation::kBranch:
    case Operation::kReturn:
    case Operation::kTrap:
    case Operation::kCall:
      return kNoRegister;
    default:
      return decoded.operands[0].is_register() ? decoded.operands[0].reg : kNoRegister;
  }
}

int byte_at(const BinaryImage& image, std::uint64_t address) {
  const ByteView byte = image.bytes_at(address, 1);
  return byte.empty() ? -1 : byte[0];
}

// `call` of a function that only returns its return address (__x86.get_pc_thunk.bx): what 32-bit code has for a lea
// relative to the instruction. The register it fills; none for other calls.
Register thunk_register(const Instruction& call, const BinaryImage& image) {
  if (image.bits != 32 || call.target == 0) return kNoRegister;
  constexpr std::uint64_t kMostNops = 16;
  std::uint64_t at = call.target;
  while (at - call.target < kMostNops && byte_at(image, at) == 0x90) ++at;
  const ByteView code = image.bytes_at(at, 4);  // mov r32,[esp]; ret
  const bool fits =
      code.size() == 4 && code[0] == 0x8b && (code[1] & 0xc7) == 0x04 && code[2] == 0x24 && code[3] == 0xc3;
  return fits ? static_cast<Register>(code[1] >> 3 & 7) : kNoRegister;
}

void make_lea(Instruction& call, Register to) {
  call.operation = Operation::kLea;
  call.written = to;
  call.operands[0] = {Operand::Kind::kRegister, 4, to};
  call.operands[1] = {Operand::Kind::kMemory, 4};
  call.operands[1].absolute = true;
  call.operands[1].value = static_cast<std::int64_t>(call.end());
  call.target = 0;
}

// `call` of the next instruction pushes its address, for `pop ebx` to take.
Instruction pushed_address(Instruction call) {
  call.operation = Operation::kPush;
  call.operands[0] = {Operand::Kind::kImmediate, 4};
  call.operands[0].absolute = true;
  call.operands[0].value = static_cast<std::int64_t>(call.end());
  call.adjusted = x86::rsp;
  call.adjustment = -4;
  call.target = 0;
  return call;
}

// `mov rsp,rbp; pop rbp`
void leave(Instruction& decoded, const BinaryImage& image) {
  const auto word = static_cast<std::uint8_t>(image.bits / 8);
  decoded.operation = Operation::kLea;
  decoded.written = x86::rsp;
  decoded.operands[0] = {Operand::Kind::kRegister, word, x86::rsp};
  decoded.operands[1] = {Operand::Kind::kMemory, word, x86::rbp};
  decoded.operands[1].value = word;
  decoded.written_set = std::uint64_t{1} << x86::rbp;
}

Arithmetic arithmetic_of(unsigned id) {
  switch (id) {
    case X86_INS_ADD:
      return Arithmetic::kAdd;
    case X86_INS_SUB:
      return Arithmetic::kSubtract;
    case X86_INS_IMUL:
      return Arithmetic::kMultiply;
    case X86_INS_AND:
      return Arithmetic::kAnd;
    case X86_INS_OR:
      return Arithmetic::kOr;
    case X86_INS_XOR:
      return Arithmetic::kXor;
    case X86_INS_SHL:
    case X86_INS_SAL:
      return Arithmetic::kShiftLeft;
    case X86_INS_SHR:
    case X86_INS_SAR:
      return Arithmetic::kShiftRight;
    default:
      return Arithmetic::kNone;
  }
}

// Vector registers, of 16 bytes or their lower halves.
Register vector_register(const cs_x86_op& op) {
  if (op.type != X86_OP_REG) return kNoRegister;
  if (op.reg >= X86_REG_XMM0 && op.reg <= X86_REG_XMM15) return static_cast<Register>(op.reg - X86_REG_XMM0);
  if (op.reg >= X86_REG_YMM0 && op.reg <= X86_REG_YMM15) return static_cast<Register>(op.reg - X86_REG_YMM0);
  return kNoRegister;
}

// The upper half of a ymm register counts as a vector register of its own: with this number and the register's.
constexpr Register kUpperHalves = 32;

bool is_wide(const cs_x86_op& op) {
  constexpr std::uint8_t kWide = 32;  // bytes
  return op.size == kWide;
}

// The upper half of a ymm register that is loaded as a whole, or stored.
Register upper_half(const cs_insn& insn, const std::array<Lane, 2>& lanes) {
  const cs_x86& x86 = insn.detail->x86;
  const bool moves = x86.op_count == 2 && is_wide(x86.operands[0]) && lanes[1].from != Lane::From::kUnknown;
  const cs_x86_op& named = x86.operands[x86.operands[0].type == X86_OP_MEM ? 1 : 0];
  return moves ? static_cast<Register>(vector_register(named) + kUpperHalves) : kNoRegister;
}

// What writes 16 bytes of a ymm register and is encoded by VEX or EVEX zeroes the others; so does what zeroes all.
bool zeroes_upper_half(const cs_insn& insn, const Instruction& decoded) {
  constexpr std::uint8_t kVex2 = 0xc5, kVex3 = 0xc4, kEvex = 0x62;
  const bool vex = insn.bytes[0] == kVex2 || insn.bytes[0] == kVex3 || insn.bytes[0] == kEvex;
  const auto zero = [](const Lane& lane) { return lane.from == Lane::From::kZero; };
  return decoded.vector != kNoRegister && vex &&
         (!is_wide(insn.detail->x86.operands[0]) || std::all_of(decoded.lanes.begin(), decoded.lanes.end(), zero));
}

// The half of a vector register or memory operand that lies at `half` of it.
Lane half_of(const cs_x86_op& op, int half) {
  const Register vector = vector_register(op);
  if (vector != kNoRegister) return {half == 0 ? Lane::From::kLow : Lane::From::kHigh, vector};
  if (op.type == X86_OP_MEM) return {half == 0 ? Lane::From::kMemory : Lane::From::kMemoryNext, kNoRegister};
  const Register general = op.type == X86_OP_REG ? general_register(op.reg) : kNoRegister;
  return general == kNoRegister ? Lane{} : Lane{half == 0 ? Lane::From::kGeneral : Lane::From::kZero, general};
}

// What moves whole words: copies of two pointers at a time, and zeroes.
std::array<Lane, 2> lanes_of(const cs_insn& insn) {
  const cs_x86& x86 = insn.detail->x86;
  const cs_x86_op* ops = x86.operands;
  const std::uint8_t count = x86.op_count;
  if (count < 2) return {};
  const cs_x86_op& last = ops[count - 1];
  const cs_x86_op& own = ops[count - 2 >= 1 && last.type != X86_OP_IMM ? count - 2 : 0];  // VEX names it apart
  constexpr Lane kZero{Lane::From::kZero, kNoRegister};
  switch (insn.id) {
    case X86_INS_MOVAPS:
    case X86_INS_MOVUPS:
    case X86_INS_MOVAPD:
    case X86_INS_MOVUPD:
    case X86_INS_MOVDQA:
    case X86_INS_MOVDQU:
    case X86_INS_VMOVAPS:
    case X86_INS_VMOVUPS:
    case X86_INS_VMOVAPD:
    case X86_INS_VMOVUPD:
    case X86_INS_VMOVDQA:
    case X86_INS_VMOVDQU:
      if (ops[0].type == X86_OP_REG && last.size > 16 && !(is_wide(last) && last.type == X86_OP_MEM)) return {};
      return {half_of(last, 0), half_of(last, 1)};
    case X86_INS_VEXTRACTF128:
    case X86_INS_VEXTRACTI128: {
      const auto half = static_cast<Register>(vector_register(ops[1]) + (last.imm & 1) * kUpperHalves);
      return {Lane{Lane::From::kLow, half}, Lane{Lane::From::kHigh, half}};
    }
    case X86_INS_MOVQ:
    case X86_INS_VMOVQ:
      return {half_of(last, 0), kZero};
    case X86_INS_MOVSD:
    case X86_INS_VMOVSD:
    case X86_INS_MOVLPS:
    case X86_INS_MOVLPD:
      if (vector_register(last) == kNoRegister && vector_register(ops[0]) == kNoRegister) return {};
      if (ops[0].type != X86_OP_REG || count != 2) return {half_of(last, 0), {}};
      return {half_of(last, 0), last.type == X86_OP_MEM && insn.id == X86_INS_MOVSD ? kZero : half_of(ops[0], 1)};
    case X86_INS_MOVHPS:
    case X86_INS_MOVHPD:
    case X86_INS_VMOVHPS:
    case X86_INS_VMOVHPD:
      if (ops[0].type == X86_OP_MEM) return {half_of(last, 1), {}};
      return {half_of(own, 0), half_of(last, 0)};
    case X86_INS_MOVHLPS:
    case X86_INS_VMOVHLPS:
      return {half_of(last, 1), half_of(own, 1)};
    case X86_INS_PUNPCKLQDQ:
    case X86_INS_UNPCKLPD:
    case X86_INS_MOVLHPS:
    case X86_INS_VPUNPCKLQDQ:
    case X86_INS_VUNPCKLPD:
    case X86_INS_VMOVLHPS:
      return {half_of(own, 0), half_of(last, 0)};
    case X86_INS_PINSRQ:
    case X86_INS_VPINSRQ:
      if (last.type != X86_OP_IMM || count < 3) return {};
      return last.imm == 0 ? std::array{half_of(ops[count - 2], 0), half_of(ops[count - 3], 1)}
                           : std::array{half_of(ops[count - 3], 0), half_of(ops[count - 2], 0)};
    case X86_INS_SHUFPD:
    case X86_INS_VSHUFPD:
      if (last.type != X86_OP_IMM || count < 3) return {};
      return {half_of(ops[count - 3], last.imm & 1), half_of(ops[count - 2], last.imm >> 1 & 1)};
    case X86_INS_PSHUFD:
    case X86_INS_VPSHUFD:
      if (last.imm == 0x44) return {half_of(ops[1], 0), half_of(ops[1], 0)};
      if (last.imm == 0xee) return {half_of(ops[1], 1), half_of(ops[1], 1)};
      if (last.imm == 0x4e) return {half_of(ops[1], 1), half_of(ops[1], 0)};
      return {};
    case X86_INS_PXOR:
    case X86_INS_XORPS:
    case X86_INS_XORPD:
    case X86_INS_VPXOR:
    case X86_INS_VXORPS:
    case X86_INS_VXORPD:
      return vector_register(last) != kNoRegister && vector_register(last) == vector_register(own)
                 ? std::array{kZero, kZero}
                 : std::array<Lane, 2>{};
    default:
      return {};
  }
}

Instruction convert(const cs_insn& insn, const BinaryImage& image) {
  Instruction decoded;
  decoded.address = insn.address;
  decoded.size = static_cast<std::uint8_t>(insn.size);
  const cs_x86& x86 = insn.detail->x86;
  for (std::size_t i = 0; i < decoded.operands.size() && i < x86.op_count; ++i) {
    decoded.operands[i] = convert_operand(x86.operands[i], insn, image);
  }
  decoded.operation = operation_of(insn, decoded);
  if (insn.id == X86_INS_TEST && decoded.operation == Operation::kCompare) {
    decoded.operands[1] = {Operand::Kind::kImmediate, decoded.operands[0].width};
  }
  decoded.sets_flags = decoded.operation == Operation::kAdd;
  decoded.sign_extends = insn.id == X86_INS_MOVSXD || insn.id == X86_INS_MOVSX;
  decoded.condition = condition_of(insn.id);
  if (decoded.operation == Operation::kOther) {
    if (x86.op_count == 2) decoded.arithmetic = arithmetic_of(insn.id);
    if (x86.op_count > 0) decoded.vector = vector_register(x86.operands[0]);
    decoded.lanes = lanes_of(insn);
    decoded.paired_vector = upper_half(insn, decoded.lanes);
    decoded.zeroes_upper_half = zeroes_upper_half(insn, decoded);
  }
  if (insn.id == X86_INS_SUB) decoded.operands[1].value = -decoded.operands[1].value;
  if (insn.id == X86_INS_INC || insn.id == X86_INS_DEC) {
    decoded.operands[1] = {Operand::Kind::kImmediate, decoded.operands[0].width};
    decoded.operands[1].value = insn.id == X86_INS_INC ? 1 : -1;
  }
  decoded.written = written_register(decoded);
  decoded.written_set = clobbered_registers(insn, decoded);
  decoded.clobbers_memory = writes_other_memory(insn);
  decoded.clobbers_vectors = insn.id == X86_INS_VZEROUPPER || insn.id == X86_INS_VZEROALL;
  if (insn.id == X86_INS_LEAVE) leave(decoded, image);
  const bool transfers = decoded.operation == Operation::kCall || decoded.operation == Operation::kJump ||
                         decoded.operation == Operation::kBranch;
  if (transfers && decoded.operands[0].is_immediate()) {
    decoded.target = static_cast<std::uint64_t>(decoded.operands[0].value);
    decoded.operands[0] = {};  // operands of a branch are what it compares
  }
  decoded.target = image.wrapped(decoded.target);
  const auto word = static_cast<std::int32_t>(image.bits / 8);
  if (decoded.operation == Operation::kPush || decoded.operation == Operation::kPop) {
    decoded.adjusted = x86::rsp;
    decoded.adjustment = decoded.operation == Operation::kPush ? -word : word;
  }
  if (decoded.operation == Operation::kCall) {
    if (image.bits == 32 && decoded.target == decoded.end()) return pushed_address(decoded);
    if (const Register to = thunk_register(decoded, image); to != kNoRegister) make_lea(decoded, to);
  }
  return decoded;
}

// int3 and the forms of nop that assemblers fill up with (Intel SDM volume 2, NOP: 0f 1f and prefixes of 90).
// `lea r,[r+0]`, without or with a SIB byte: what assemblers fill 32-bit code up with.
bool changes_nothing(ByteView lea) {
  if (lea.size() < 3 || lea[0] != 0x8d || lea[1] < 0x40 || lea[1] >= 0xc0) return false;
  const unsigned reg = lea[1] >> 3 & 7;
  const bool sib = (lea[1] & 7) == 4;
  const unsigned base = sib ? lea[2] & 7u : lea[1] & 7u;
  const bool indexed = sib && (lea[2] >> 3 & 7) != 4;
  const ByteView displacement = lea.subspan(sib ? 3 : 2);
  return base == reg && !indexed &&
         std::all_of(displacement.begin(), displacement.end(), [](auto b) { return b == 0; });
}

bool is_padding(ByteView code) {
  std::size_t i = 0;
  while (i + 1 < code.size() && (code[i] == 0x66 || code[i] == 0x2e)) ++i;
  if (code[i] == 0xcc || code[i] == 0x90 || changes_nothing(code.subspan(i))) return true;
  return i + 1 < code.size() && code[i] == 0x0f && code[i + 1] == 0x1f;
}

// Places that are tested at once, and then those among which one was.
constexpr std::size_t kBlock = 128;
constexpr std::size_t kGroup = 32;

// Eight words; GCC and clang lower the operators to whatever vectors the processor has.
using Words = std::uint32_t __attribute__((vector_size(32)));

bool any_of(const Words& flags) {
  std::uint64_t halves[4];
  std::memcpy(halves, &flags, sizeof(flags));
  return (halves[0] | halves[1] | halves[2] | halves[3]) != 0;
}

// The first group at or behind `at` in which some word that begins at one of its bytes may lead to the wanted range: as
// a distance, place + word - first <= width, all modulo 2^32; as an address the same without the place (`step` is 1 or
// 0). What is added to the words of a block is the same for all of them, and the range is wider by as much as their
// places differ, so that only the lowest sum has to be compared. Three bytes behind every block are read.
__attribute__((target_clones("avx2", "default"))) std::size_t next_group_that_leads_there(
    const std::uint8_t* code, std::size_t at, std::size_t end, std::uint32_t first, std::uint32_t width,
    std::uint32_t step_of_place) {
  const std::uint32_t spread = (kBlock - 1) * step_of_place;
  const std::uint32_t wider = width + std::min(spread, UINT32_MAX - width);
  for (; at + kBlock + 3 <= end; at += kBlock) {
    const Words added = Words{} + (static_cast<std::uint32_t>(at) * step_of_place + spread - first);
    Words lowest = Words{} + UINT32_MAX;
    Words of_group[kBlock / kGroup];
    for (std::size_t group = 0; group < kBlock / kGroup; ++group) {
      for (std::size_t phase = 0; phase < 4; ++phase) {
        Words words;
        std::memcpy(&words, code + at + group * kGroup + phase, sizeof(words));
        words += added;
        if (phase == 0) of_group[group] = words;
        of_group[group] = words < of_group[group] ? words : of_group[group];
      }
      lowest = lowest < of_group[group] ? lowest : of_group[group];
    }
    if (!any_of(reinterpret_cast<Words>(lowest <= (Words{} + wider)))) continue;
    for (std::size_t group = 0;; ++group) {
      if (any_of(reinterpret_cast<Words>(of_group[group] <= (Words{} + wider)))) return at + group * kGroup;
    }
  }
  return at;
}

// Calls `hit(offset)` for every offset in `code` whose word leads into [low, high): as a distance from its end or, when
// not `relative`, added to `base`.
template <typename Hit>
void scan_words(ByteView code, std::uint64_t base, bool relative, std::uint64_t low, std::uint64_t high, Hit hit) {
  if (code.size() < 4 || high <= low) return;
  const auto first = static_cast<std::uint32_t>(low - base - (relative ? 4 : 0));
  const auto width = static_cast<std::uint32_t>(std::min<std::uint64_t>(high - low, UINT32_MAX) - 1);
  const std::uint32_t step = relative ? 1 : 0;
  const std::size_t last = code.size() - 4;
  for (std::size_t at = 0; at <= last; at += kGroup) {
    at = next_group_that_leads_there(code.data(), at, code.size(), first, width, step);
    for (std::size_t k = at; k < at + kGroup && k <= last; ++k) {
      std::uint32_t word;
      std::memcpy(&word, code.data() + k, 4);
      if (word + static_cast<std::uint32_t>(k) * step - first <= width) hit(k);
    }
  }
}

// What the bytes in front of a distance make of it (Intel SDM volume 2: opcode, ModRM with mod 00 and rm 101).
struct Shape {
  Reference::Kind kind;
  std::size_t prefix;        // bytes of the instruction before the distance
  std::size_t trailing = 0;  // and behind it: an immediate
};

int byte_before(ByteView code, std::size_t at, std::size_t back) {
  return at >= back ? code[at - back] : -1;
}

std::optional<Shape> shape_of_distance(ByteView code, std::size_t distance_at, bool rip_relative_code) {
  const auto byte = [&](std::size_t back) { return byte_before(code, distance_at, back); };
  if (byte(1) == 0xe8) return Shape{Reference::Kind::kCall, 1};
  if (byte(2) == 0x0f && (byte(1) & 0xf0) == 0x80) return Shape{Reference::Kind::kBranch, 2};
  if (!rip_relative_code) return byte(1) == 0xe9 ? std::optional(Shape{Reference::Kind::kJump, 1}) : std::nullopt;
  const bool rip_relative = (byte(1) & 0xc7) == 0x05;
  const bool rex_w = (byte(3) & 0xf8) == 0x48;
  if (rip_relative && byte(2) == 0x8d && rex_w) return Shape{Reference::Kind::kLea, 3};
  if (rip_relative && byte(2) == 0x8b && rex_w) return Shape{Reference::Kind::kLoad, 3};
  if (rip_relative && byte(2) == 0x89 && rex_w) return Shape{Reference::Kind::kStore, 3};
  if (rip_relative && (byte(2) == 0x8b || byte(2) == 0x39 || byte(2) == 0x3b)) return Shape{Reference::Kind::kLoad, 2};
  if (byte(1) == 0x3d && byte(2) == 0x83) return Shape{Reference::Kind::kLoad, 2, 1};  // cmp [rip+x], imm8
  if (byte(1) == 0x3d && byte(2) == 0x81) return Shape{Reference::Kind::kLoad, 2, 4};
  if (byte(2) == 0xff && byte(1) == 0x15) return Shape{Reference::Kind::kCallThrough, 2};
  if (byte(2) == 0xff && byte(1) == 0x25) return Shape{Reference::Kind::kJumpThrough, 2};
  if (byte(1) == 0xe9) return Shape{Reference::Kind::kJump, 1};
  return std::nullopt;
}

// What an instruction does with memory, by its opcode and the register field of its ModRM byte.
std::optional<Reference::Kind> memory_access(int opcode, int modrm) {
  const int field = modrm >> 3 & 7;
  switch (opcode) {
    case 0x8b:
    case 0x39:
    case 0x3b:
    case 0x83:
    case 0x81:
    case 0x85:
      return Reference::Kind::kLoad;
    case 0x89:
    case 0xc7:
      return Reference::Kind::kStore;
    case 0x8d:
      return Reference::Kind::kLea;
    case 0xff:
      if (field == 2) return Reference::Kind::kCallThrough;
      if (field == 4) return Reference::Kind::kJumpThrough;
      if (field == 6) return Reference::Kind::kLoad;
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

// 32-bit code: a word that is an address, as an immediate or a displacement; or, in position-independent code, the
// displacement from the register that holds the address of the GOT.
std::optional<Shape> shape_of_word(ByteView code, std::size_t word_at, bool from_register) {
  const auto byte = [&](std::size_t back) { return byte_before(code, word_at, back); };
  if (from_register) {
    const bool plain = (byte(1) & 0xc0) == 0x80 && (byte(1) & 7) != 4;
    if (plain) {
      if (const auto kind = memory_access(byte(2), byte(1))) return Shape{*kind, 2};
    }
    // The displacement alone, to which the register is added later.
    if ((byte(1) & 0xc7) == 0x05 && byte(2) == 0x8d) return Shape{Reference::Kind::kLea, 2};
    const bool with_index = (byte(2) & 0xc7) == 0x84;
    const auto kind = with_index ? memory_access(byte(3), byte(2)) : std::nullopt;
    return kind ? std::optional(Shape{*kind, 3}) : std::nullopt;
  }
  if ((byte(1) & 0xc7) == 0x05) {
    if (const auto kind = memory_access(byte(2), byte(1))) return Shape{*kind, 2};
  }
  if (byte(1) == 0xa1) return Shape{Reference::Kind::kLoad, 1};
  if (byte(1) == 0xa3) return Shape{Reference::Kind::kStore, 1};
  if (byte(1) == 0x68 || (byte(1) & 0xf8) == 0xb8) return Shape{Reference::Kind::kLea, 1};  // push imm; mov r,imm
  // mov dword ptr [...], imm
  if (byte(2) == 0xc7 && (byte(1) & 0xf8) == 0x00) return Shape{Reference::Kind::kLea, 2};
  if (byte(3) == 0xc7 && (byte(2) & 0xf8) == 0x40 && byte(2) != 0x44) return Shape{Reference::Kind::kLea, 3};
  if (byte(3) == 0xc7 && byte(2) == 0x04) return Shape{Reference::Kind::kLea, 3};
  if (byte(4) == 0xc7 && byte(3) == 0x44) return Shape{Reference::Kind::kLea, 4};
  if (byte(6) == 0xc7 && byte(5) == 0x05) return Shape{Reference::Kind::kLea, 6};
  return std::nullopt;
}

void find_distances(const BinaryImage& image, const MappedRange& range, bool rip_relative, std::uint64_t low,
                    std::uint64_t high, std::vector<Reference>& found) {
  const ByteView code = slice(image.bytes, range.file_offset, range.size);
  // An immediate behind the distance moves the end of the instruction, from which it counts.
  constexpr std::uint64_t kLongestTrailing = 4;
  const std::uint64_t first = rip_relative && low >= kLongestTrailing ? low - kLongestTrailing : low;
  scan_words(code, range.address, true, first, high, [&](std::size_t at) {
    const auto shape = shape_of_distance(code, at, rip_relative);
    if (!shape) return;
    const std::uint64_t end = range.address + at + 4 + shape->trailing;
    const std::uint64_t target = image.wrapped(end + static_cast<std::int64_t>(*read_le<std::int32_t>(code, at)));
    if (target < low || target >= high) return;
    found.push_back({range.address + at - shape->prefix, target, shape->kind});
  });
}

void find_references_64(const BinaryImage& image, const MappedRange& range, std::uint64_t low, std::uint64_t high,
                        std::vector<Reference>& found) {
  find_distances(image, range, true, low, high, found);
}

// ModRM and SIB with neither base nor index: the word is the address itself.
void find_null_accesses_64(const BinaryImage& image, const MappedRange& range, std::uint64_t high,
                           std::vector<Reference>& found) {
  constexpr std::uint8_t kNoBase = 0x25;
  const ByteView code = slice(image.bytes, range.file_offset, range.size);
  for (std::size_t sib = 0; sib + 5 <= code.size(); ++sib) {
    const void* const next = std::memchr(code.data() + sib, kNoBase, code.size() - 4 - sib);
    if (next == nullptr) return;
    sib = static_cast<std::size_t>(static_cast<const std::uint8_t*>(next) - code.data());
    const std::uint32_t address = *read_le<std::uint32_t>(code, sib + 1);
    const auto byte = [&](std::size_t back) { return byte_before(code, sib, back); };
    if (address >= high || (byte(1) & 0xc7) != 0x04) continue;
    const auto kind = memory_access(byte(2), byte(1));
    if (!kind || *kind == Reference::Kind::kLea || *kind == Reference::Kind::kStore) continue;
    const bool rex = (byte(3) & 0xf0) == 0x40;
    const int segment = byte(rex ? 4 : 3);
    if (segment == 0x64 || segment == 0x65) continue;  // thread-local
    found.push_back({range.address + sib - (rex ? 3 : 2), address, *kind});
  }
}

// Addresses, or distances from `base` that are added to a register, of 32 bits. dyld puts every Mach-O file elsewhere
// than it says, so that only what is relocated there is an address: distances are as large as addresses.
void find_words(const BinaryImage& image, const MappedRange& range, std::optional<std::uint64_t> base,
                std::uint64_t low, std::uint64_t high, std::vector<Reference>& found) {
  const ByteView code = slice(image.bytes, range.file_offset, range.size);
  const bool always_moved = image.format == "macho";
  scan_words(code, base.value_or(0), false, low, high, [&](std::size_t at) {
    const auto shape = shape_of_word(code, at, base.has_value());
    if (!shape || (always_moved && !base && image.relocation_at(range.address + at) == nullptr)) return;
    const std::uint64_t target = (base.value_or(0) + *read_le<std::uint32_t>(code, at)) & 0xffffffff;
    found.push_back({range.address + at - shape->prefix, target, shape->kind});
  });
}

// `lea r,[base+distance]` with a distance of 8 bits, which leads to places near the base. Members of any structure are
// named alike.
void find_near_leas(const BinaryImage& image, const MappedRange& range, std::uint64_t base, std::uint64_t low,
                    std::uint64_t high, std::vector<Reference>& found) {
  constexpr std::uint64_t kReach = 128;
  if (high + kReach <= base || low >= base + kReach) return;
  const ByteView code = slice(image.bytes, range.file_offset, range.size);
  for (std::size_t at = 0; at + 3 <= code.size(); ++at) {
    const bool plain = code[at] == 0x8d && (code[at + 1] & 0xc0) == 0x40 && (code[at + 1] & 7) != 4;
    if (!plain) continue;
    const std::uint64_t target = image.wrapped(base + static_cast<std::uint64_t>(*read_le<std::int8_t>(code, at + 2)));
    if (target < low || target >= high) continue;
    found.push_back({range.address + at, target, Reference::Kind::kLea, true});
  }
}

// Calls use(part, address) for what of `range` counts from an address of its own.
template <typename Use>
void for_each_base(const BinaryImage& image, const MappedRange& range, Use use) {
  for (const CodeBase& base : image.bases) {
    const std::uint64_t begin = std::max(base.begin, range.address);
    const std::uint64_t end = std::min(base.end, range.address + range.size);
    if (begin >= end) continue;
    use(MappedRange{begin, range.file_offset + (begin - range.address), end - begin, range.executable}, base.address);
  }
}

void find_references_32(const BinaryImage& image, const MappedRange& range, std::uint64_t low, std::uint64_t high,
                        std::vector<Reference>& found) {
  find_distances(image, range, false, low, high, found);
  find_words(image, range, std::nullopt, low, high, found);
  if (image.got != 0) find_words(image, range, image.got, low, high, found);
  for_each_base(image, range, [&](const MappedRange& part, std::uint64_t base) {
    find_words(image, part, base, low, high, found);
    find_near_leas(image, part, base, low, high, found);
  });
}

void find_mentions_64(const BinaryImage& image, const MappedRange& range, std::uint64_t low, std::uint64_t high,
                      std::vector<std::uint64_t>& places) {
  constexpr std::uint64_t kLongestTrailing = 4;  // an immediate behind the distance
  scan_words(slice(image.bytes, range.file_offset, range.size), range.address, true,
             low - std::min(low, kLongestTrailing), high,
             [&](std::size_t at) { places.push_back(range.address + at); });
}

void find_mentions_32(const BinaryImage& image, const MappedRange& range, std::uint64_t low, std::uint64_t high,
                      std::vector<std::uint64_t>& places) {
  const auto scan = [&](const MappedRange& part, std::uint64_t base) {
    scan_words(slice(image.bytes, part.file_offset, part.size), base, false, low, high,
               [&](std::size_t at) { places.push_back(part.address + at); });
  };
  scan(range, 0);
  if (image.got != 0) scan(range, image.got);
  for_each_base(image, range, scan);
}

// `distance` of a memory operand with a base register, as its last byte: the register field and the base of the ModRM
// byte before it, with the bits that a REX prefix adds; and where the instruction's opcode stands.
struct BasedAccess {
  std::uint8_t field;
  std::uint8_t base;
  std::uint8_t rex;
  std::size_t opcode_at;
};

std::optional<BasedAccess> access_before(ByteView code, std::size_t distance_at, bool prefixes) {
  const bool with_sib = distance_at >= 4 && code[distance_at - 1] == 0x24 && (code[distance_at - 2] & 0xc7) == 0x44;
  const std::size_t modrm_at = distance_at - (with_sib ? 2 : 1);
  if (modrm_at < 2) return std::nullopt;
  const std::uint8_t modrm = code[modrm_at];
  if ((modrm & 0xc0) != 0x40 || ((modrm & 7) == 4) != with_sib) return std::nullopt;
  const std::uint8_t before = code[modrm_at - 2];
  const std::uint8_t rex = prefixes && (before & 0xf0) == 0x40 ? before : 0;
  return BasedAccess{static_cast<std::uint8_t>((modrm >> 3 & 7) | (rex & 4) << 1),
                     static_cast<std::uint8_t>((modrm & 7) | (rex & 1) << 3), rex, modrm_at - 1};
}

void find_chained_reads(const BinaryImage& image, const MappedRange& range, std::uint8_t first, std::uint8_t second,
                        std::vector<std::uint64_t>& sites) {
  constexpr std::size_t kNear = 30;  // bytes between the two distances
  const bool wide = image.pointer_size() == 8;
  const ByteView code = slice(image.bytes, range.file_offset, range.size);
  // What reads 32 bits: a sign-extending move, a move, a compare; 32-bit code computes with the number where it lies.
  const auto reads = [&](std::uint8_t opcode) {
    if (wide) return opcode == 0x63 || opcode == 0x8b || opcode == 0x83 || opcode == 0x3b;
    return opcode != 0x88 && opcode != 0x89 && opcode != 0x8d && opcode != 0xc7;
  };
  std::size_t at = 0;
  while (at < code.size()) {
    const void* found = std::memchr(code.data() + at, first, code.size() - at);
    if (found == nullptr) return;
    const auto here = static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - code.data());
    at = here + 1;
    if (here < 3) continue;
    const auto load = access_before(code, here, wide);
    if (!load || code[load->opcode_at] != 0x8b || (wide && (load->rex & 8) == 0)) continue;
    for (std::size_t next = here + 2; next < std::min(here + 1 + kNear, code.size()); ++next) {
      if (code[next] != second) continue;
      auto read = access_before(code, next, wide);
      if (!read) continue;
      // A byte that is no prefix may look like one.
      const bool same = read->base == load->field || (load->field < 8 && (read->base & 7) == load->field);
      if (!same || !reads(code[read->opcode_at])) continue;
      sites.push_back(range.address + load->opcode_at - (wide ? 1 : 0));
      break;
    }
  }
}

}  // namespace

using namespace x86;

// System V psABI for amd64, section 3.2.3.
const Architecture kX86_64 = {
    .arch = "x86_64",
    .format = "",
    .machine = {.name = "x86_64",
                .pointer_size = 8,
                .alignment = 1,
                .longest = 15,  // Intel SDM, volume 2, section 2.3.11
                .arguments = {rdi, rsi, rdx, rcx, r8, r9},
                .argument_count = 6,
                .result = rax,
                .stack_pointer = rsp,
                .compares_results = true,
                .upper_halves = kUpperHalves,
                .preserved = registers_mask({rbx, rbp, rsp, r12, r13, r14, r15})},
    .capstone_arch = CS_ARCH_X86,
    .capstone_mode = CS_MODE_64,
    .convert = convert,
    .is_padding = is_padding,
    .find_references = find_references_64,
    .find_null_accesses = find_null_accesses_64,
    .find_mentions = find_mentions_64,
    .index_references = false,
    .doubtful_references = true,
    .find_chained_reads = find_chained_reads,
};

// Microsoft's x64 calling convention: 32 bytes of shadow space lie below the fifth argument.
const Architecture kX86_64Windows = {
    .arch = "x86_64",
    .format = "pe",
    .machine = {.name = "x86_64",
                .pointer_size = 8,
                .alignment = 1,
                .longest = 15,
                .arguments = {rcx, rdx, r8, r9},
                .argument_count = 4,
                .stack_arguments = 32,
                .result = rax,
                .stack_pointer = rsp,
                .compares_results = true,
                .upper_halves = kUpperHalves,
                .preserved = registers_mask({rbx, rbp, rsp, rdi, rsi, r12, r13, r14, r15})},
    .capstone_arch = CS_ARCH_X86,
    .capstone_mode = CS_MODE_64,
    .convert = convert,
    .is_padding = is_padding,
    .find_references = find_references_64,
    .find_null_accesses = find_null_accesses_64,
    .find_mentions = find_mentions_64,
    .index_references = false,
    .doubtful_references = true,
    .find_chained_reads = find_chained_reads,
};

// System V psABI for i386, and cdecl on Windows. Compilers hand arguments of local functions over in registers as they
// like.
const Architecture kI686 = {
    .arch = "i686",
    .format = "",
    .machine = {.name = "i686",
                .pointer_size = 4,
                .alignment = 1,
                .longest = 15,
                .argument_count = 0,
                .result = rax,
                .stack_pointer = rsp,
                .got = rbx,
                .compares_results = true,
                .upper_halves = kUpperHalves,
                .preserved = registers_mask({rbx, rbp, rsp, rdi, rsi})},
    .capstone_arch = CS_ARCH_X86,
    .capstone_mode = CS_MODE_32,
    .convert = convert,
    .is_padding = is_padding,
    .partial_unwind_table = true,  // up to GCC 4.3 it was written for C++ only
    .find_references = find_references_32,
    .find_mentions = find_mentions_32,
    .index_references = false,
    .doubtful_references = true,
    .find_chained_reads = find_chained_reads,
};

}  // namespace abicheck
