// The grammar is that of PEP 440, appendix B; the comparisons follow its section "Version specifiers". Written by hand
// because std::regex recurses with the length of its input, which here comes from a scanned file.
#include "abi/version.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/shorten.h"
#include "base/text.h"

namespace abicheck {
namespace {

bool is_separator(char c) {
  return c == '.' || c == '-' || c == '_';
}

// Reads a version from left to right; every take_ function leaves the position alone when it returns nothing.
class VersionReader {
 public:
  explicit VersionReader(std::string_view text) : text_(text) {}

  // With `prefix`, a final ".*" is allowed and reported there.
  std::optional<Version> read(bool* prefix) {
    Version version;
    take("v");
    const bool whole = take_release(version) && (take_prefix(prefix) || take_suffixes(version));
    if (!whole || position_ != text_.size()) return std::nullopt;
    return version;
  }

 private:
  char at(std::size_t index) const { return index < text_.size() ? text_[index] : '\0'; }

  bool take(std::string_view word) {
    if (text_.substr(position_, word.size()) != word) return false;
    position_ += word.size();
    return true;
  }

  std::optional<std::uint64_t> take_number() {
    std::uint64_t value = 0;
    const char* begin = text_.data() + position_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error != std::errc() || end == begin) return std::nullopt;
    position_ += static_cast<std::size_t>(end - begin);
    return value;
  }

  bool take_release(Version& version) {
    auto number = take_number();
    if (number && take("!")) {
      version.epoch = *number;
      number = take_number();
    }
    if (!number) return false;
    version.release.push_back(*number);
    while (at(position_) == '.' && is_digit(at(position_ + 1))) {
      ++position_;
      number = take_number();
      if (!number) return false;  // larger than 64 bits
      version.release.push_back(*number);
    }
    return true;
  }

  bool take_prefix(bool* prefix) {
    if (prefix == nullptr || !take(".*")) return false;
    *prefix = true;
    return true;
  }

  // One of `words` with separators around it, and its number, which is 0 when it is left out ("1.0a", "1.0.dev").
  template <std::size_t N>
  std::optional<std::pair<std::string_view, std::uint64_t>> take_segment(const std::array<std::string_view, N>& words) {
    const std::size_t start = position_;
    if (is_separator(at(position_))) ++position_;
    const auto word = std::find_if(words.begin(), words.end(), [this](std::string_view w) { return take(w); });
    if (word == words.end()) {
      position_ = start;
      return std::nullopt;
    }
    if (is_separator(at(position_))) ++position_;  // also in front of nothing: "1.0rc." is 1.0rc0
    return std::pair{*word, take_number().value_or(0)};
  }

  void take_pre(Version& version) {
    static constexpr std::array<std::string_view, 8> kWords = {"alpha", "beta", "preview", "pre", "rc", "a", "b", "c"};
    const auto segment = take_segment(kWords);
    if (!segment) return;
    const char first = segment->first.front();
    version.pre = {first == 'a' ? "a" : first == 'b' ? "b" : "rc", segment->second};
  }

  void take_post(Version& version) {
    static constexpr std::array<std::string_view, 3> kWords = {"post", "rev", "r"};
    if (at(position_) == '-' && is_digit(at(position_ + 1))) {  // "1.0-1", the implicit post release
      ++position_;
      version.post = take_number();
    } else if (const auto segment = take_segment(kWords)) {
      version.post = segment->second;
    }
  }

  bool take_suffixes(Version& version) {
    static constexpr std::array<std::string_view, 1> kDev = {"dev"};
    take_pre(version);
    take_post(version);
    if (const auto segment = take_segment(kDev)) version.dev = segment->second;
    return at(position_) != '+' || take_local(version);
  }

  bool take_local(Version& version) {
    do {
      const std::size_t start = ++position_;
      while (is_letter(at(position_)) || is_digit(at(position_))) ++position_;
      const std::string part(text_.substr(start, position_ - start));
      if (part.empty()) return false;
      std::uint64_t number = 0;
      const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
      const bool whole = error == std::errc() && end == part.data() + part.size();
      version.local.push_back(whole ? Version::LocalPart{number, ""} : Version::LocalPart{std::nullopt, part});
    } while (is_separator(at(position_)));
    return true;
  }

  std::string_view text_;
  std::size_t position_ = 0;
};

std::strong_ordering compare_releases(const Version& a, const Version& b) {
  const std::size_t parts = std::max(a.release.size(), b.release.size());
  for (std::size_t i = 0; i < parts; ++i) {
    const auto order = a.release_part(i) <=> b.release_part(i);
    if (order != 0) return order;
  }
  return std::strong_ordering::equal;
}

// 1.0.dev1 comes before 1.0a1, and 1.0 and 1.0.post1.dev1 after it: a missing pre-release is either end.
std::pair<int, std::pair<std::string, std::uint64_t>> pre_key(const Version& version) {
  if (version.pre) return {0, *version.pre};
  const bool only_dev = version.dev && !version.post;
  return {only_dev ? -1 : 1, {}};
}

std::pair<int, std::uint64_t> dev_key(const Version& version) {
  return version.dev ? std::pair{0, *version.dev} : std::pair{1, std::uint64_t{0}};
}

struct OperatorName {
  std::string_view text;
  Specifier::Operator value;
};

// Longer names first: "===" begins with "==".
constexpr std::array<OperatorName, 8> kOperators = {{{"===", Specifier::Operator::kArbitrary},
                                                     {"==", Specifier::Operator::kEqual},
                                                     {"!=", Specifier::Operator::kNotEqual},
                                                     {"<=", Specifier::Operator::kLessEqual},
                                                     {">=", Specifier::Operator::kGreaterEqual},
                                                     {"~=", Specifier::Operator::kCompatible},
                                                     {"<", Specifier::Operator::kLess},
                                                     {">", Specifier::Operator::kGreater}}};

Error malformed(std::string_view what, std::string_view text) {
  return Error{ErrorCode::kMalformed, in_quotes(text) + " is not a " + std::string(what) + " (PEP 440)", ""};
}

}  // namespace

std::strong_ordering Version::LocalPart::operator<=>(const LocalPart& other) const {
  if (number && other.number) return *number <=> *other.number;
  if (number || other.number) return number ? std::strong_ordering::greater : std::strong_ordering::less;
  return text <=> other.text;
}

std::strong_ordering Version::operator<=>(const Version& other) const {
  if (const auto order = epoch <=> other.epoch; order != 0) return order;
  if (const auto order = compare_releases(*this, other); order != 0) return order;
  if (const auto order = pre_key(*this) <=> pre_key(other); order != 0) return order;
  if (const auto order = post <=> other.post; order != 0) return order;
  if (const auto order = dev_key(*this) <=> dev_key(other); order != 0) return order;
  return std::lexicographical_compare_three_way(local.begin(), local.end(), other.local.begin(), other.local.end());
}

std::string Version::minor_text() const {
  return std::to_string(release_part(0)) + "." + std::to_string(release_part(1));
}

std::string Version::public_text() const {
  std::string result = epoch != 0 ? std::to_string(epoch) + "!" : "";
  for (std::size_t i = 0; i < release.size(); ++i) result += (i == 0 ? "" : ".") + std::to_string(release[i]);
  if (pre) result += pre->first + std::to_string(pre->second);
  if (post) result += ".post" + std::to_string(*post);
  if (dev) result += ".dev" + std::to_string(*dev);
  return result;
}

std::string Version::text() const {
  std::string result = public_text();
  for (std::size_t i = 0; i < local.size(); ++i) {
    result += (i == 0 ? "+" : ".") + (local[i].number ? std::to_string(*local[i].number) : local[i].text);
  }
  return result;
}

Version Version::without_local() const {
  Version result = *this;
  result.local.clear();
  return result;
}

Result<Version> Version::parse(std::string_view text) {
  const std::string lower = to_lower(strip(text));
  if (auto version = VersionReader(lower).read(nullptr)) return std::move(*version);
  return malformed("version", text);
}

Result<Specifier> Specifier::parse(std::string_view text) {
  const std::string_view clause = strip(text);
  const auto* found = std::find_if(kOperators.begin(), kOperators.end(), [&](const OperatorName& name) {
    return clause.substr(0, name.text.size()) == name.text;
  });
  if (found == kOperators.end()) return malformed("version specifier", text);
  const std::string operand = to_lower(strip(clause.substr(found->text.size())));

  Specifier result;
  result.operator_ = found->value;
  result.text_ = std::string(found->text) + std::string(strip(clause.substr(found->text.size())));
  if (found->value == Operator::kArbitrary) {
    if (operand.empty() || operand.find_first_of(" ;)") != std::string::npos)
      return malformed("version specifier", text);
    result.arbitrary_ = operand;
    return result;
  }
  const bool equality = found->value == Operator::kEqual || found->value == Operator::kNotEqual;
  auto version = VersionReader(operand).read(equality ? &result.prefix_ : nullptr);
  const bool local_refused = version && !version->local.empty() && !equality;
  const bool too_short = version && found->value == Operator::kCompatible && version->release.size() < 2;
  if (!version || local_refused || too_short) return malformed("version specifier", text);
  result.version_ = std::move(*version);
  return result;
}

bool Specifier::same(const Version& version) const {
  if (prefix_) return same_prefix(version, version_.release.size());
  return version_.local.empty() ? version.without_local() == version_ : version == version_;
}

bool Specifier::same_prefix(const Version& version, std::size_t parts) const {
  if (version.epoch != version_.epoch) return false;
  for (std::size_t i = 0; i < parts; ++i) {
    if (version.release_part(i) != version_.release_part(i)) return false;
  }
  return true;
}

// "<V must not allow a pre-release of V unless V is one itself": V.dev0 comes before all of those.
bool Specifier::less(const Version& version) const {
  if (version_.is_prerelease()) return version < version_;
  Version bound = version_;
  bound.dev = 0;
  return version < bound;
}

// ">V must not allow a post-release of V unless V is one itself, and must not match a local version of V."
bool Specifier::greater(const Version& version) const {
  Version base = version.without_local();
  if (!version_.post && base.post) base.post = base.dev = std::nullopt;
  return version > version_ && base != version_;
}

bool Specifier::holds_for(const Version& version) const {
  switch (operator_) {
    case Operator::kArbitrary:
      return version.text() == arbitrary_;
    case Operator::kEqual:
      return same(version);
    case Operator::kNotEqual:
      return !same(version);
    case Operator::kLessEqual:
      return version.without_local() <= version_;
    case Operator::kGreaterEqual:
      return version.without_local() >= version_;
    case Operator::kLess:
      return less(version);
    case Operator::kGreater:
      return greater(version);
    case Operator::kCompatible:
      return version.without_local() >= version_ && same_prefix(version, version_.release.size() - 1);
  }
  return false;
}

Result<SpecifierSet> SpecifierSet::parse(std::string_view text) {
  SpecifierSet result;
  for (const std::string_view part : split(text, ',')) {
    if (strip(part).empty()) continue;  // pip accepts a comma too many
    auto specifier = Specifier::parse(part);
    if (!specifier) return specifier.error();
    result.specifiers_.push_back(std::move(*specifier));
  }
  return result;
}

bool SpecifierSet::contains(const Version& version) const {
  const auto names_prerelease = [](const Specifier& s) { return s.names_prerelease(); };
  if (version.is_prerelease() && std::none_of(specifiers_.begin(), specifiers_.end(), names_prerelease)) return false;
  return std::all_of(specifiers_.begin(), specifiers_.end(), [&](const Specifier& s) { return s.holds_for(version); });
}

std::string SpecifierSet::text() const {
  std::string result;
  for (const Specifier& specifier : specifiers_) result += (result.empty() ? "" : ",") + specifier.text();
  return result;
}

}  // namespace abicheck
