#pragma once

#include <algorithm>
#include <utility>
#include <vector>

namespace abicheck {

// At the end, unless it is there already.
template <typename T>
void add_once(std::vector<T>& list, T one) {
  if (std::find(list.begin(), list.end(), one) == list.end()) list.push_back(std::move(one));
}

}  // namespace abicheck
