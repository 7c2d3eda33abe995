#include "facts/terms.h"

namespace abicheck {

namespace {

constexpr int kDeepest = 7;  // loads through one another: the same pointer followed in a loop

}  // namespace

std::size_t Terms::Hash::operator()(const RootOf& root) const {
  constexpr std::uint64_t kFactor = 0x9e3779b97f4a7c15u;
  std::uint64_t mixed = static_cast<std::uint64_t>(root.kind) << 8 | root.width;
  for (const std::uint64_t part :
       {std::uint64_t{root.base}, std::uint64_t{root.chain}, static_cast<std::uint64_t>(root.offset), root.place}) {
    mixed = (mixed ^ part) * kFactor;
    mixed ^= mixed >> 29;
  }
  return static_cast<std::size_t>(mixed);
}

Terms::Terms() {
  root({RootOf::Kind::kNothing});
  root({RootOf::Kind::kNumber});
  root({RootOf::Kind::kStack});
}

Root Terms::root(const RootOf& wanted) {
  const auto [entry, fresh] = index_.try_emplace(wanted, static_cast<Root>(roots_.size()));
  if (fresh) roots_.push_back(wanted);
  return entry->second;
}

Term Terms::loaded(const Term& address, std::uint8_t width) {
  if (!address.known() || loads(address.root) >= kDeepest) return {};
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
