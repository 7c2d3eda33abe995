#include "facts/terms.h"

#include <bit>

namespace abicheck {

namespace {

constexpr std::size_t kFirstPlaces = 2048;
constexpr int kDeepestTerm = 7;  // loads through one another: the same pointer followed in a loop

}  // namespace

std::size_t Terms::hash(const RootOf& root) {
  constexpr std::uint64_t kFactor = 0x9e3779b97f4a7c15u;
  std::uint64_t mixed = (static_cast<std::uint64_t>(root.kind) << 8 | root.width) + root.place;
  mixed = (mixed + std::rotl(static_cast<std::uint64_t>(root.offset), 21)) * kFactor;
  mixed ^= mixed >> 29;
  mixed = (mixed ^ std::rotl(std::uint64_t{root.chain}, 35) ^ root.base) * kFactor;
  return static_cast<std::size_t>(mixed ^ mixed >> 33);
}

Terms::Terms() : index_(kFirstPlaces) {
  roots_.reserve(kFirstPlaces / 2);
  roots_.push_back({RootOf::Kind::kNothing});
  root({RootOf::Kind::kNumber});
  root({RootOf::Kind::kStack});
}

Root Terms::root(const RootOf& wanted) {
  std::size_t at = hash(wanted) & (index_.size() - 1);
  while (index_[at] != 0) {
    if (roots_[index_[at]] == wanted) return index_[at];
    at = (at + 1) & (index_.size() - 1);
  }
  index_[at] = static_cast<Root>(roots_.size());
  roots_.push_back(wanted);
  if (roots_.size() * 2 > index_.size()) grow();
  return static_cast<Root>(roots_.size() - 1);
}

void Terms::grow() {
  std::vector<Root> larger(index_.size() * 4);
  for (std::size_t i = 1; i < roots_.size(); ++i) {
    std::size_t at = hash(roots_[i]) & (larger.size() - 1);
    while (larger[at] != 0) at = (at + 1) & (larger.size() - 1);
    larger[at] = static_cast<Root>(i);
  }
  index_ = std::move(larger);
}

Term Terms::loaded(const Term& address, std::uint8_t width) {
  if (!address.known() || loads(address.root) >= kDeepestTerm) return {};
  return term({RootOf::Kind::kLoad, width, address.root, 0, address.offset, 0});
}

Term Terms::part(const Term& whole, std::uint8_t width) {
  if (!whole.known()) return {};
  const RootOf& old = of(whole);
  if (whole.offset == 0 && (old.kind == RootOf::Kind::kPart || old.kind == RootOf::Kind::kLoad) && old.width == width)
    return whole;
  return term({RootOf::Kind::kPart, width, whole.root, 0, whole.offset, 0});
}

Root Terms::origin(Root root) const {
  for (;;) {
    const RootOf& it = of(root);
    if (it.kind != RootOf::Kind::kLoad && it.kind != RootOf::Kind::kPart) return root;
    root = it.base;
  }
}

int Terms::loads(Root root) const {
  int count = 0;
  for (;; ++count) {
    const RootOf& it = of(root);
    if (it.kind != RootOf::Kind::kLoad) return count;
    root = it.base;
  }
}

}  // namespace abicheck
