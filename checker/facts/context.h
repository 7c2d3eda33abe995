// What every extractor is given about the module it works on.
#pragma once

#include <string>
#include <vector>

#include "facts/code.h"
#include "facts/markers.h"
#include "facts/reach.h"
#include "model/facts.h"
#include "model/numpy_release.h"

namespace abicheck {

struct ModuleContext {
  const Code& code;
  Reachability& reachability;
  const std::vector<MarkerText>& texts;
  const std::vector<MarkerReference>& references;
  std::string generator;
  const KnownAbi& abi;
  bool python2 = false;  // the init function is initX(), which returns nothing

  const BinaryImage& image() const { return code.image(); }
  bool has_text(Marker marker) const {
    for (const MarkerText& text : texts) {
      if (text.marker == marker) return true;
    }
    return false;
  }
};

}  // namespace abicheck
