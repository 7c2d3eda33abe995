#include "facts/call_graph.h"

#include <algorithm>

namespace abicheck {

CallGraph::CallGraph(const Code& code) : code_(code) {
  for (const MappedRange& range : code.image().code) {
    for (const Reference& reference : code.references_within(range.address, range.address + range.size)) {
      if (!reference.transfers()) continue;
      std::uint64_t target = reference.target;
      if (const Value stub = code.function_at(target) == nullptr ? code.stub_target(target) : Value();
          stub.is_address())
        target = stub.value;
      const FunctionRange* function = code.function_at(target);
      if (function == nullptr || function->begin != target || function->holds(reference.site)) continue;
      by_target_.push_back({reference.site, target, reference.kind == Reference::Kind::kCall});
    }
  }
  by_site_ = by_target_;
  std::sort(by_target_.begin(), by_target_.end(), [](const Edge& a, const Edge& b) { return a.target < b.target; });
  std::sort(by_site_.begin(), by_site_.end(), [](const Edge& a, const Edge& b) { return a.site < b.site; });
}

std::vector<std::uint64_t> CallGraph::callers_of(std::uint64_t function) const {
  std::vector<std::uint64_t> callers;
  auto edge = std::lower_bound(by_target_.begin(), by_target_.end(), function,
                               [](const Edge& e, std::uint64_t wanted) { return e.target < wanted; });
  for (; edge != by_target_.end() && edge->target == function; ++edge) {
    const FunctionRange* caller = code_.function_at(edge->site);
    if (caller == nullptr) continue;
    // Bytes inside other instructions can look like a call.
    const std::vector<Instruction>& code = code_.function_code(*caller);
    const auto there = std::lower_bound(code.begin(), code.end(), edge->site,
                                        [](const Instruction& one, std::uint64_t site) { return one.address < site; });
    if (there != code.end() && there->address == edge->site) callers.push_back(caller->begin);
  }
  std::sort(callers.begin(), callers.end());
  callers.erase(std::unique(callers.begin(), callers.end()), callers.end());
  return callers;
}

std::vector<std::uint64_t> CallGraph::callees_of(const FunctionRange& function) const {
  std::vector<std::uint64_t> callees;
  auto edge = std::lower_bound(by_site_.begin(), by_site_.end(), function.begin,
                               [](const Edge& e, std::uint64_t site) { return e.site < site; });
  for (; edge != by_site_.end() && edge->site < function.end; ++edge) callees.push_back(edge->target);
  std::sort(callees.begin(), callees.end());
  callees.erase(std::unique(callees.begin(), callees.end()), callees.end());
  return callees;
}

bool CallGraph::is_called(std::uint64_t function) const {
  auto edge = std::lower_bound(by_target_.begin(), by_target_.end(), function,
                               [](const Edge& e, std::uint64_t wanted) { return e.target < wanted; });
  for (; edge != by_target_.end() && edge->target == function; ++edge) {
    if (edge->calls) return true;
  }
  return false;
}

}  // namespace abicheck
