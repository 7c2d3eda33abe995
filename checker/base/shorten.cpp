#include "base/shorten.h"

namespace abicheck {

std::string shortened(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  constexpr std::string_view kCut = "...";
  if (text.size() <= kLongest) return std::string(text);
  std::size_t end = kLongest - kCut.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)).append(kCut);
}

std::string in_quotes(std::string_view text) {
  return "'" + shortened(text) + "'";
}

}  // namespace abicheck
