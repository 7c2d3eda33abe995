#include "disasm/architecture.h"

namespace abicheck {

namespace {

// Those for one format come before those for any.
constexpr const Architecture* kArchitectures[] = {&kX86_64Windows, &kX86_64, &kI686, &kS390x, &kPpc64Le, &kRiscv64};

}  // namespace

const Architecture* architecture_of(const BinaryImage& image) {
  for (const Architecture* one : kArchitectures) {
    if (one->arch == image.arch && (one->format.empty() || one->format == image.format)) return one;
  }
  return nullptr;
}

}  // namespace abicheck
