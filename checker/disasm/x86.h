// The general registers of x86 in the processor's numbering (Intel SDM volume 2, table 2-2).
#pragma once

#include "disasm/instruction.h"

namespace abicheck::x86 {

enum : Register { rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15 };

}  // namespace abicheck::x86
