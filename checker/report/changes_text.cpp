// db diff for a person: sections without a change are left out, and each change is one line.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/hex.h"
#include "report/database_text.h"
#include "report/text_style.h"
#include "report/text_table.h"

namespace abicheck {

namespace {

std::string shown(const PlainValue& value);

std::string joined(const PlainValue::List& list) {
  std::vector<std::string> texts;
  for (const PlainValue& one : list) texts.push_back(shown(one));
  return join(texts, ", ");
}

std::string joined(const PlainValue::Object& object) {
  std::vector<std::string> texts;
  for (const auto& [key, one] : object) texts.push_back(printable(key) + ": " + shown(one));
  return join(texts, ", ");
}

std::string shown(const PlainValue& value) {
  struct Show {
    std::string operator()(std::nullptr_t) const { return "none"; }
    std::string operator()(bool held) const { return held ? "true" : "false"; }
    std::string operator()(std::int64_t held) const { return std::to_string(held); }
    std::string operator()(double held) const { return std::to_string(held); }
    std::string operator()(const std::string& held) const { return printable(held); }
    std::string operator()(const PlainValue::List& held) const { return joined(held); }
    std::string operator()(const PlainValue::Object& held) const { return joined(held); }
  };
  return std::visit(Show(), value.content);
}

// A text below a key of an object; empty when there is none.
std::string part(const PlainValue& value, std::string_view key) {
  const PlainValue::Object* object = value.object();
  if (object == nullptr) return "";
  const auto found = object->find(key);
  return found == object->end() ? "" : shown(found->second);
}

using Line = std::string (*)(const Change&, const NumpyChanges&);

std::string from_to(const Change& change, const std::string& from, const std::string& to) {
  const std::string what = printable(change.what);
  if (change.change == "added") return what + " added: " + to;
  if (change.change == "removed") return what + " removed: " + from;
  return what + ": " + from + " -> " + to;
}

std::string plain_line(const Change& change, const NumpyChanges&) {
  return from_to(change, shown(change.from), shown(change.to));
}

std::string shim_line(const Change& change, const NumpyChanges&) {
  const auto raised = [](const PlainValue& shim) { return part(shim, "type") + ": " + part(shim, "text"); };
  return from_to(change, raised(change.from), raised(change.to));
}

// Only that it came or went matters.
std::string presence_line(const Change& change, const NumpyChanges&) {
  return printable(change.what) + " " + change.change;
}

// Users cannot map 0xd to a release.
std::string named_api(const std::string& version, const NumpyChanges& changes) {
  const auto name = changes.api_releases.find(static_cast<std::uint32_t>(std::strtoul(version.c_str(), nullptr, 16)));
  return name == changes.api_releases.end() ? version : version + " (NumPy " + name->second + ")";
}

std::string from_target(const std::string& target, const NumpyChanges& changes) {
  return target.empty() ? "" : "for targets from " + named_api(target, changes);
}

std::string version_line(const Change& change, const NumpyChanges& changes) {
  const bool is_api = change.what == "api_version" || change.what == "default_target";
  const auto named = [&](const PlainValue& value) { return is_api ? named_api(shown(value), changes) : shown(value); };
  return from_to(change, named(change.from), named(change.to));
}

// The messages of a template: what it says, and the type of the exception.
std::string message_line(const Change& change, const NumpyChanges& changes) {
  const bool is_message = change.what.find(": ") != std::string::npos && change.change != "changed";
  if (!is_message) return plain_line(change, changes);
  return printable(change.what) + " (" + shown(change.to.is_null() ? change.from : change.to) + ") " + change.change;
}

std::string slot_line(const Change& change, const NumpyChanges& changes) {
  const std::string before = part(change.from, "name");
  const std::string after = part(change.to, "name");
  const std::string use =
      part(change.change == "removed" || change.change == "reused" ? change.from : change.to, "replacement");
  const std::string instead = use.empty() ? "" : "; use " + use;
  const std::string slot = change.what + " ";
  if (change.change == "reused") return slot + "used again under another meaning: " + before + " -> " + after + instead;
  if (change.change == "removed") return slot + before + " removed" + instead;
  if (change.change == "moved") {
    const std::string to = part(change.to, "index");
    return slot + after + " moved " + (to.empty() ? "from slot " + part(change.from, "index") : "to slot " + to);
  }
  if (change.change == "signature")
    return slot + after + " has another type: " + part(change.from, "signature") + " -> " +
           part(change.to, "signature");
  const std::string target = from_target(part(change.to, "min_target"), changes);
  if (change.change == "added") return slot + after + " added" + (target.empty() ? "" : ", " + target);
  return slot + after + " " + change.change + instead;
}

// "offset 32 -> 40, size 4 -> 8" of one data model.
std::string move_text(const PlainValue::List& from, const PlainValue::List& to) {
  std::vector<std::string> parts;
  constexpr const char* kNames[] = {"offset", "size"};
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    if (from[i] != to[i]) parts.push_back(fmt::format("{} {} -> {}", kNames[i], shown(from[i]), shown(to[i])));
  }
  return join(parts, ", ");
}

// What is said of each data model, "" for nothing, and of which the same is said together: "96 -> 88 (lp64, llp64); 56
// -> 52 (ilp32)".
template <typename Difference>
std::string by_model(const Change& change, Difference difference) {
  std::vector<std::pair<std::string, std::string>> groups;  // difference, models
  for (const char* model : kModelsForPeople) {
    const auto from = change.from.object()->find(model);
    const auto to = change.to.object()->find(model);
    const bool both = from != change.from.object()->end() && to != change.to.object()->end();
    const std::string text = both ? difference(from->second, to->second) : "";
    if (text.empty()) continue;
    const auto known =
        std::find_if(groups.begin(), groups.end(), [&](const auto& group) { return group.first == text; });
    if (known == groups.end()) {
      groups.emplace_back(text, model);
    } else {
      known->second += std::string(", ") + model;
    }
  }
  std::vector<std::string> parts;
  parts.reserve(groups.size());
  for (const auto& [text, models] : groups) parts.push_back(text + " (" + models + ")");
  return join(parts, "; ");
}

std::string layout_line(const Change& change, const NumpyChanges& changes) {
  if (change.change == "added" || change.change == "removed") return printable(change.what) + " " + change.change;
  const std::string places = by_model(
      change, [](const PlainValue& from, const PlainValue& to) { return move_text(*from.list(), *to.list()); });
  const std::string target = part(change.to, "min_target");
  const std::string only = target == part(change.from, "min_target") ? ""
                           : target.empty()                          ? "; for every target"
                                                                     : "; " + from_target(target, changes);
  return printable(change.what) + " " + change.change + (places.empty() ? "" : ": " + places) + only;
}

// A size, or sizes by target: "32, from 0x12 on 88".
std::string size_text(const PlainValue& size) {
  const PlainValue::Object* targets = size.object();
  if (targets == nullptr) return shown(size);
  std::string text;
  for (const auto& [target, one] : *targets) {
    const auto number = std::strtoul(target.c_str(), nullptr, 16);
    text += text.empty() ? shown(one) : ", from " + hex(number) + " on " + shown(one);
  }
  return text;
}

std::string size_line(const Change& change, const NumpyChanges&) {
  const auto differing = [](const PlainValue& from, const PlainValue& to) {
    const std::string before = size_text(from);
    const std::string after = size_text(to);
    return before == after ? "" : before + " -> " + after;
  };
  const std::string what = printable(change.what);
  if (change.change == "changed") return what + ": " + by_model(change, differing);
  Change alone = change;  // both sides alike, so that the data models fall into groups
  (alone.from.is_null() ? alone.from : alone.to) = alone.from.is_null() ? alone.to : alone.from;
  return what + " " + change.change + ": " +
         by_model(alone, [](const PlainValue& size, const PlainValue&) { return size_text(size); });
}

std::string name_line(const Change& change, const NumpyChanges& changes) {
  const PlainValue& value = change.to.is_null() ? change.from : change.to;
  const std::string use = change.change == "added" ? "" : part(value, "replacement");
  const std::string target = change.change == "added" ? from_target(part(value, "min_target"), changes) : "";
  const std::string header = part(value, "kind") == "header" ? "" : ", " + part(value, "header");
  return printable(change.what) + " (" + part(value, "kind") + header + ")" + (use.empty() ? "" : "; use " + use) +
         (target.empty() ? "" : "; " + target);
}

// "NPY_MAXDIMS value 32 -> 64", "PyArray_DATA macro -> function void *(const PyArrayObject *)".
std::string declaration_line(const Change& change, const NumpyChanges&) {
  std::vector<std::string> parts;
  const auto both = [&](const char* key) { return std::pair(part(change.from, key), part(change.to, key)); };
  const auto [old_value, new_value] = both("value");
  const auto [old_kind, new_kind] = both("kind");
  const auto [old_type, new_type] = both("type");
  const auto [old_header, new_header] = both("header");
  const auto or_none = [](const std::string& value) { return value.empty() ? "none" : value; };
  if (change.change == "value") parts.push_back("value " + or_none(old_value) + " -> " + or_none(new_value));
  const auto with_type = [](const std::string& kind, const std::string& type) {
    return type.empty() ? kind : kind + " " + type;
  };
  if (old_kind != new_kind) {
    parts.push_back(with_type(old_kind, old_type) + " -> " + with_type(new_kind, new_type));
  } else if (change.change == "type") {
    parts.push_back("type " + or_none(old_type) + " -> " + or_none(new_type));
  }
  if (old_header != new_header) parts.push_back("moved from " + old_header + " to " + new_header);
  return printable(change.what) + " " + join(parts, "; ");
}

struct SectionLine {
  std::string_view key;
  Line line;
  bool counted;      // its heading says how many
  bool has_members;  // of structures; such lines begin with the name
};

constexpr SectionLine kLines[] = {
    {"versions", version_line, false, false},
    {"shims", shim_line, false, false},
    {"slots", slot_line, false, false},
    {"layouts", layout_line, false, true},
    {"runtime_sizes", size_line, false, false},
    {"compiled_sizes", size_line, false, false},
    {"messages", message_line, false, false},
    {"random", presence_line, false, false},
    {"python", presence_line, false, false},
    {"platforms", presence_line, false, false},
    {"names_changed", declaration_line, true, true},
    {"names_removed", name_line, true, true},
    {"names_deprecated", name_line, true, true},
    {"names_added", name_line, true, true},
};

// What breaks code comes first.
std::size_t rank(const Change& change) {
  constexpr std::string_view kWords[] = {"value",     "kind",     "type",    "reused",  "moved",      "resized",
                                         "signature", "disabled", "removed", "changed", "deprecated", "added"};
  return static_cast<std::size_t>(std::find(std::begin(kWords), std::end(kWords), change.change) - std::begin(kWords));
}

// Of members of one structure of which the same is said, one line.
std::vector<std::string> members_together(const std::vector<Change>& changes, const std::vector<std::string>& lines) {
  std::vector<std::string> together;
  std::string last_struct, last_rest;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string what = printable(changes[i].what);
    const std::size_t dot = what.find('/') == std::string::npos ? what.find('.') + 1 : 0;
    const std::string rest = lines[i].substr(what.size());
    const bool same = dot != 0 && last_struct == what.substr(0, dot) && last_rest == rest;
    if (same) {
      together.back().resize(together.back().size() - rest.size());
      together.back() += ", " + what.substr(dot) + rest;
    } else {
      together.push_back(lines[i]);
    }
    last_struct = what.substr(0, dot);
    last_rest = rest;
  }
  return together;
}

// How names are declared otherwise. Those that only moved from one header to another stand together.
std::string write_declarations(const std::vector<Change>& changes, const std::vector<std::string>& lines) {
  constexpr std::size_t kFew = 4;
  std::vector<Change> others;
  std::vector<std::string> other_lines;
  std::vector<std::pair<std::string, std::vector<std::string>>> moves;  // "moved from ...", names
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (changes[i].change != "moved") {
      others.push_back(changes[i]);
      other_lines.push_back(lines[i]);
      continue;
    }
    const std::string what = printable(changes[i].what);
    const std::string rest = lines[i].substr(what.size() + 1);
    const auto known = std::find_if(moves.begin(), moves.end(), [&](const auto& move) { return move.first == rest; });
    (known == moves.end() ? moves.emplace_back(rest, std::vector<std::string>()) : *known).second.push_back(what);
  }
  std::string out;
  for (const std::string& line : members_together(others, other_lines)) out += "  " + line + "\n";
  for (const auto& [rest, names] : moves) {
    if (names.size() <= kFew) {
      out += "  " + join(names, ", ") + " " + rest + "\n";
    } else {
      out += fmt::format("  {} ({}):\n", rest, names.size()) + flow(names, 4);
    }
  }
  return out;
}

std::string write_section(const ChangeSection& section, const NumpyChanges& changes) {
  const auto* found =
      std::find_if(std::begin(kLines), std::end(kLines), [&](const auto& l) { return l.key == section.key; });
  const SectionLine how = found == std::end(kLines) ? SectionLine{"", plain_line, false, false} : *found;
  std::string out = "\n" + section.title + (how.counted ? fmt::format(" ({})", section.changes.size()) : "") + "\n";
  std::vector<Change> ordered = section.changes;
  std::stable_sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) { return rank(a) < rank(b); });
  std::vector<std::string> lines;
  lines.reserve(ordered.size());
  for (const Change& change : ordered) lines.push_back(how.line(change, changes));
  if (section.key == "names_changed") return out + write_declarations(ordered, lines);
  for (const std::string& line : how.has_members ? members_together(ordered, lines) : lines) out += "  " + line + "\n";
  return out;
}

}  // namespace

std::string write_changes_text(const NumpyChanges& changes) {
  std::string out;
  for (const ChangeSection& section : changes.sections) {
    if (!section.changes.empty()) out += write_section(section, changes);
  }
  if (out.empty())
    return "NumPy " + changes.from + " and " + changes.to + ": no difference that the database knows of\n";
  return printable_lines("NumPy " + changes.from + " -> " + changes.to + ", for code that uses the C-API\n" + out);
}

}  // namespace abicheck
