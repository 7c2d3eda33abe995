#include "disasm/architecture.h"

#include <capstone/capstone.h>

namespace abicheck {

namespace {

// Those for one format come before those for any.
constexpr const Architecture* kArchitectures[] = {&kX86_64Windows, &kX86_64, &kI686,  &kArm64,   &kArm64Apple,
                                                  &kArm,           &kThumb,  &kS390x, &kPpc64Le, &kRiscv64};

}  // namespace

const Architecture* architecture_of(const BinaryImage& image) {
  for (const Architecture* one : kArchitectures) {
    const bool fits =
        one->arch == image.arch && (one->format.empty() || one->format == image.format) && one->thumb == image.thumb;
    if (fits) return cs_support(one->capstone_arch) ? one : nullptr;
  }
  return nullptr;
}

}  // namespace abicheck
