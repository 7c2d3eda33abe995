// What of NumPy's table runs before its import: the init function's steps are followed in their order, and those of the
// functions that it surely calls, until something may fill the table.
#include <algorithm>
#include <set>

#include "rules/import_tables.h"

namespace abicheck {

class ImportTables::Order {
 public:
  Order(const ImportTables& tables, const TreeTable& table) : tables_(tables), table_(table) {
    for (const std::vector<TreeAccess>& fills : {table.fills, table.unused_fills}) {
      for (const TreeAccess& fill : fills) {
        if (const SourceNode* node = tables.node_of(fill.unit, fill.access->node)) filling_.insert({fill.unit, node});
      }
    }
    std::vector<Vertex> open(filling_.begin(), filling_.end());
    while (!open.empty()) {
      const auto [begin, end] = tables.callers().equal_range(open.back());
      open.pop_back();
      for (auto one = begin; one != end; ++one) {
        if (filling_.insert(one->second).second) open.push_back(one->second);
      }
    }
  }

  std::optional<TreeStep> find() {
    const auto at_load = [](const Vertex& one) { return one.node->at_load; };
    if (std::any_of(filling_.begin(), filling_.end(), at_load)) return std::nullopt;
    for (std::size_t unit = 0; unit < tables_.units_.size(); ++unit) {
      for (const auto& [name, node] : tables_.nodes_[unit]) {
        if (!name.starts_with(kInitPrefix) || !node->is_root) continue;
        seen_.clear();
        follow({unit, node});
        if (found_) {
          found_->init = node->name;
          return found_;
        }
      }
    }
    return std::nullopt;
  }

 private:
  using Steps = std::vector<SourceStep>::const_iterator;

  bool is_of_table(const SourceStep& step, std::size_t unit) const {
    return step.name == table_.symbol && (!table_.owner || *table_.owner == unit) &&
           std::find(table_.units.begin(), table_.units.end(), unit) != table_.units.end();
  }

  bool may_fill(const SourceStep& step, std::size_t unit) const {
    if (step.kind == SourceStep::Kind::kSlot) return false;
    if (step.kind == SourceStep::Kind::kFill) return is_of_table(step, unit);
    const std::vector<Vertex> targets = tables_.named(step.name, unit);
    return std::any_of(targets.begin(), targets.end(), [&](const Vertex& to) { return filling_.count(to) != 0; });
  }

  // Whether nothing before its end may have filled the table, and nothing has read it.
  bool follow(const Vertex& from) {
    if (!seen_.insert(from).second) return true;
    if (tables_.is_doubtful(from.unit)) return false;
    const std::vector<SourceStep>& steps = from.node->steps;
    for (Steps begin = steps.begin(); begin != steps.end();) {
      const Steps end =
          std::find_if(begin, steps.end(), [&](const SourceStep& one) { return one.statement != begin->statement; });
      if (!pass(begin, end, from.unit)) return false;
      begin = end;
    }
    return true;
  }

  // One statement. A call that fills the table is looked into where it is all that the statement does.
  bool pass(Steps begin, Steps end, std::size_t unit) {
    const bool fills = std::any_of(begin, end, [&](const SourceStep& step) { return may_fill(step, unit); });
    const bool alone = std::all_of(begin, end, [&](const SourceStep& step) { return step.name == begin->name; });
    for (Steps step = begin; step != end && (!fills || alone); ++step) {
      if (step->kind == SourceStep::Kind::kSlot && is_of_table(*step, unit)) {
        found_ = TreeStep{unit, &*step, ""};
        return false;
      }
      if (step->kind != SourceStep::Kind::kCall) continue;
      const std::vector<Vertex> targets = tables_.named(step->name, unit);
      if (targets.size() == 1 && !follow(targets.front())) return false;
    }
    return !fills;
  }

  const ImportTables& tables_;
  const TreeTable& table_;
  std::set<Vertex> filling_;  // functions that fill it, and all that lead to them
  std::set<Vertex> seen_;
  std::optional<TreeStep> found_;
};

std::optional<TreeStep> ImportTables::read_before_import(const TreeTable& table) const {
  return Order(*this, table).find();
}

}  // namespace abicheck
