// The steps of one function as it is walked through: SourceNode::steps.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/source_observations.h"

namespace abicheck::source_scan {

class StepList {
 public:
  // Whether what is looked at now is done whenever the function comes by.
  bool is_sure() const { return sure_ && !ended_; }
  void next_statement() { ++statement_; }
  // What follows is reached by other ways as well, or not at all.
  void end() { ended_ = true; }

  void add(SourceStep::Kind kind, std::string name, SourcePlace place = {}, int slot = -1) {
    if (ended_) return;
    for (auto one = steps_.rbegin(); one != steps_.rend() && one->statement == statement_; ++one) {
      if (one->kind == kind && one->name == name) return;
    }
    steps_.push_back({kind, std::move(name), statement_, std::move(place), slot});
  }

  // What is walked through meanwhile may be done or not.
  template <typename Walk>
  bool unsure(Walk walk) {
    const bool outer = std::exchange(sure_, false);
    const bool on = walk();
    sure_ = outer;
    return on;
  }

  std::vector<SourceStep> take() { return std::move(steps_); }

 private:
  std::vector<SourceStep> steps_;
  unsigned statement_ = 0;
  bool sure_ = true;
  bool ended_ = false;
};

}  // namespace abicheck::source_scan
