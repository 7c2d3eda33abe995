// Core metadata specification: header fields as in RFC 822 section 3.1. A line that begins with white space continues
// the field before it; the first empty line ends the fields, and the long description follows.
#include "input/metadata.h"

#include <algorithm>
#include <string>

namespace abicheck {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Cuts the first line off `text`; "\n", "\r\n" and "\r" end a line, also mixed in one file.
std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find_first_of("\r\n"), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end);
  if (text.starts_with("\r\n")) {
    text.remove_prefix(2);
  } else if (!text.empty()) {
    text.remove_prefix(1);
  }
  return line;
}

bool same_name(std::string_view a, std::string_view b) {  // field names do not distinguish case (RFC 822 section 3.4.7)
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

void set_once(std::string& field, std::string_view value) {
  if (field.empty()) field = value;
}

void add_field(std::string_view line, WheelMetadata& metadata) {
  const auto colon = line.find(':');
  if (colon == line.npos) return;
  const std::string_view name = trim(line.substr(0, colon));
  const std::string_view value = trim(line.substr(colon + 1));
  if (same_name(name, "Name")) set_once(metadata.name, value);
  if (same_name(name, "Version")) set_once(metadata.version, value);
  if (same_name(name, "Requires-Python")) set_once(metadata.requires_python, value);
  if (same_name(name, "Requires-Dist")) metadata.requires_dist.emplace_back(value);
}

}  // namespace

WheelMetadata parse_metadata(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  WheelMetadata metadata;
  std::string field;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) break;
    if (is_blank(line.front())) {
      field += " " + std::string(trim(line));
      continue;
    }
    add_field(field, metadata);
    field = line;
  }
  add_field(field, metadata);
  return metadata;
}

}  // namespace abicheck
