#include "cython/scope.h"

#include <algorithm>
#include <utility>

namespace abicheck {

void CythonScope::leave(unsigned indent) {
  while (blocks_.size() > outer_ && indent <= blocks_.back().indent) blocks_.pop_back();
}

void CythonScope::end_file(std::size_t outer_before) {
  blocks_.resize(outer_);
  outer_ = outer_before;
}

bool CythonScope::is_in(CythonBlock::Kind kind) const {
  return std::any_of(blocks_.begin(), blocks_.end(), [&](const CythonBlock& block) { return block.kind == kind; });
}

std::string CythonScope::function() const {
  const auto found = std::find_if(blocks_.rbegin(), blocks_.rend(),
                                  [](const CythonBlock& block) { return block.kind == CythonBlock::Kind::kFunction; });
  return found == blocks_.rend() ? "" : found->name;
}

bool CythonScope::declares_members() const {
  const auto found = std::find_if(blocks_.rbegin(), blocks_.rend(), [](const CythonBlock& block) {
    return block.kind != CythonBlock::Kind::kDeclarations && block.kind != CythonBlock::Kind::kPlain;
  });
  return found != blocks_.rend() &&
         (found->kind == CythonBlock::Kind::kClass || found->kind == CythonBlock::Kind::kStruct);
}

std::string CythonScope::structure() const {
  for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
    if (block->kind == CythonBlock::Kind::kClass || block->kind == CythonBlock::Kind::kStruct) return block->name;
  }
  return "";
}

void CythonScope::declare(const std::string& name, CythonType type) {
  const auto holds = [](const CythonBlock& block) {
    return block.kind == CythonBlock::Kind::kFunction || block.kind == CythonBlock::Kind::kModule ||
           block.kind == CythonBlock::Kind::kClass;
  };
  std::find_if(blocks_.rbegin(), blocks_.rend(), holds)->variables[name] = std::move(type);
}

// What a class declares is only reached through an object, and is no variable.
const CythonType* CythonScope::variable(const std::string& name) const {
  for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
    if (block->kind == CythonBlock::Kind::kClass) continue;
    const auto found = block->variables.find(name);
    if (found != block->variables.end()) return found->second.empty() ? nullptr : &found->second;
  }
  return nullptr;
}

}  // namespace abicheck
