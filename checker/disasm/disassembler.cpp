#include "disasm/disassembler.h"

#include <capstone/capstone.h>

#include <algorithm>
#include <cassert>
#include <cstdlib>

namespace abicheck {

namespace {

constexpr std::size_t kLongestInstruction = 15;  // Intel SDM, volume 2, section 2.3.11

Register general_register(unsigned reg) {
  switch (reg) {
#define PART(name, b, w, d, q) \
  case X86_REG_##b:            \
  case X86_REG_##w:            \
  case X86_REG_##d:            \
  case X86_REG_##q:            \
    return Register::name;
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
      return Register::rax;
    case X86_REG_BH:
      return Register::rbx;
    case X86_REG_CH:
      return Register::rcx;
    case X86_REG_DH:
      return Register::rdx;
    default:
      return Register::none;
  }
}

Operand convert_operand(const cs_x86_op& op, const cs_insn& insn) {
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
      break;
    case X86_OP_MEM:
      operand.kind = Operand::Kind::kMemory;
      operand.rip_relative = op.mem.base == X86_REG_RIP;
      operand.reg = general_register(op.mem.base);
      operand.index = general_register(op.mem.index);
      operand.value = op.mem.disp;
      if (operand.rip_relative) operand.value += static_cast<std::int64_t>(insn.address + insn.size);
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
      return Operation::kMove;
    case X86_INS_LEA:
      return Operation::kLea;
    case X86_INS_XOR:
      return first.is_register() && second.is_register() && first.reg == second.reg ? Operation::kZero
                                                                                    : Operation::kOther;
    case X86_INS_OR:
      return second.is_immediate() && second.value == -1 ? Operation::kOnes : Operation::kOther;
    case X86_INS_ADD:
    case X86_INS_SUB:
      return second.is_immediate() ? Operation::kAdd : Operation::kOther;
    case X86_INS_CMP:
      return Operation::kCompare;
    case X86_INS_TEST:
      return Operation::kTest;
    case X86_INS_PUSH:
      return Operation::kPush;
    case X86_INS_POP:
      return Operation::kPop;
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

// Instructions whose destinations are not (only) their first operand.
bool writes_implicitly(const cs_insn& insn, const Instruction& decoded) {
  switch (insn.id) {
    case X86_INS_MUL:
    case X86_INS_DIV:
    case X86_INS_IDIV:
    case X86_INS_CDQ:
    case X86_INS_CQO:
    case X86_INS_CPUID:
    case X86_INS_RDTSC:
    case X86_INS_XGETBV:
    case X86_INS_SYSCALL:
    case X86_INS_XCHG:
    case X86_INS_XADD:
    case X86_INS_CMPXCHG:
    case X86_INS_CMPXCHG16B:
    case X86_INS_LODSB:
    case X86_INS_LODSD:
    case X86_INS_LODSQ:
    case X86_INS_STOSB:
    case X86_INS_STOSD:
    case X86_INS_STOSQ:
    case X86_INS_MOVSB:
    case X86_INS_MOVSQ:
    case X86_INS_CMPSB:
    case X86_INS_SCASB:
      return true;
    case X86_INS_IMUL:
      return decoded.operands[1].kind == Operand::Kind::kNone;
    case X86_INS_MOVSD:  // the string instruction has memory on both sides, the SSE one does not
      return decoded.operands[0].is_memory() && decoded.operands[1].is_memory();
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
      return Register::none;
    default:
      return decoded.operands[0].is_register() ? decoded.operands[0].reg : Register::none;
  }
}

Instruction convert(const cs_insn& insn) {
  Instruction decoded;
  decoded.address = insn.address;
  decoded.size = static_cast<std::uint8_t>(insn.size);
  const cs_x86& x86 = insn.detail->x86;
  for (std::size_t i = 0; i < decoded.operands.size() && i < x86.op_count; ++i) {
    decoded.operands[i] = convert_operand(x86.operands[i], insn);
  }
  decoded.operation = operation_of(insn, decoded);
  decoded.condition = condition_of(insn.id);
  if (insn.id == X86_INS_SUB) decoded.operands[1].value = -decoded.operands[1].value;
  decoded.written = written_register(decoded);
  decoded.clobbers_all = writes_implicitly(insn, decoded);
  const bool transfers = decoded.operation == Operation::kCall || decoded.operation == Operation::kJump ||
                         decoded.operation == Operation::kBranch;
  if (transfers && decoded.operands[0].is_immediate())
    decoded.target = static_cast<std::uint64_t>(decoded.operands[0].value);
  return decoded;
}

}  // namespace

struct Disassembler::Handle {
  csh capstone = 0;
  cs_insn* insn = nullptr;

  Handle() {
    const cs_err opened = cs_open(CS_ARCH_X86, CS_MODE_64, &capstone);
    assert(opened == CS_ERR_OK && "Capstone was built without x86");
    (void)opened;
    cs_option(capstone, CS_OPT_DETAIL, CS_OPT_ON);
    insn = cs_malloc(capstone);
  }
  ~Handle() {
    cs_free(insn, 1);
    cs_close(&capstone);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
};

Disassembler::Disassembler() : handle_(std::make_unique<Handle>()) {}
Disassembler::~Disassembler() = default;

std::optional<Instruction> Disassembler::decode_one(const BinaryImage& image, std::uint64_t address) {
  if (!image.is_code(address)) return std::nullopt;
  const ByteView code = image.bytes_at(address, kLongestInstruction);
  const std::uint8_t* bytes = code.data();
  std::size_t left = code.size();
  std::uint64_t at = address;
  if (!cs_disasm_iter(handle_->capstone, &bytes, &left, &at, handle_->insn)) return std::nullopt;
  return convert(*handle_->insn);
}

std::vector<Instruction> Disassembler::decode(const BinaryImage& image, std::uint64_t begin, std::uint64_t end) {
  std::vector<Instruction> instructions;
  if (!image.is_code(begin) || end <= begin) return instructions;
  const ByteView code = image.bytes_at(begin, end - begin);
  instructions.reserve(code.size() / 4);
  const std::uint8_t* bytes = code.data();
  std::size_t left = code.size();
  std::uint64_t at = begin;
  while (left != 0 && cs_disasm_iter(handle_->capstone, &bytes, &left, &at, handle_->insn)) {
    instructions.push_back(convert(*handle_->insn));
  }
  return instructions;
}

std::vector<Instruction> Disassembler::decode_up_to(const BinaryImage& image, std::uint64_t begin,
                                                    std::uint64_t address) {
  // Attempts that have fallen into step share all later instructions. Two attempts from different bytes that agree soon
  // after their beginning are taken for the truth; a wrong one would have to lead both astray in the same way.
  constexpr std::uint64_t kAttempts = kLongestInstruction + 1;
  constexpr std::uint64_t kInStepAfter = 4 * kLongestInstruction;
  const std::uint64_t agreed_from = std::min(begin + kInStepAfter, address);
  const auto first_from = [&](const std::vector<Instruction>& list) {
    const auto found =
        std::find_if(list.begin(), list.end(), [&](const auto& one) { return one.address >= agreed_from; });
    return found == list.end() ? address : found->address;
  };
  std::vector<std::vector<Instruction>> arrived;
  std::vector<Instruction> chosen;
  for (std::uint64_t start = begin; start < std::min(begin + kAttempts, address) && chosen.empty(); ++start) {
    std::vector<Instruction> attempt = decode(image, start, address);
    if (attempt.empty() || attempt.back().end() != address) continue;
    const bool agreed = std::any_of(arrived.begin(), arrived.end(),
                                    [&](const auto& other) { return first_from(other) == first_from(attempt); });
    arrived.push_back(std::move(attempt));
    if (agreed) chosen = arrived.back();
  }
  if (chosen.empty() && !arrived.empty()) chosen = std::move(arrived.front());
  std::erase_if(chosen, [&](const Instruction& one) { return agreed_from < address && one.address < agreed_from; });
  if (const auto last = decode_one(image, address)) chosen.push_back(*last);
  return chosen;
}

bool Disassembler::starts_instruction(const BinaryImage& image, std::uint64_t begin, std::uint64_t address) {
  // Every start that gets as far as `address` votes: an instruction begins there, or one lies across it. Most starts
  // fall into step, so the truth has the majority; starts that end in undecodable bytes have no vote.
  int begins = 0;
  int across = 0;
  constexpr int kClear = 2;  // a lead that ends the vote
  for (std::uint64_t start = begin; start < std::min(begin + kLongestInstruction, address); ++start) {
    std::uint64_t at = start;
    while (at < address) {
      const auto one = decode_one(image, at);
      if (!one) break;
      at = one->end();
    }
    if (at < address) continue;
    ++(at == address ? begins : across);
    if (std::abs(begins - across) == kClear) break;
  }
  return begins >= across;
}

}  // namespace abicheck
