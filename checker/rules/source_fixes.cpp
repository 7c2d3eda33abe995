#include "rules/source_fixes.h"

#include <algorithm>
#include <iomanip>
#include <map>
#include <optional>
#include <sstream>

#include "base/words.h"
#include "rules/source_names.h"

namespace abicheck {

namespace {

// How a member is read and set. An accessor of arrays takes no pointer to a constant one in older NumPys, but for two.
struct Accessor {
  std::string_view member;
  std::string_view read;
  std::string_view set;
  bool takes_const = true;
  bool is_wider = false;  // the member was an int, the accessor's value is an npy_intp
};

constexpr Accessor kAccessors[] = {
    {"PyArray_Descr.elsize", "PyDataType_ELSIZE", "PyDataType_SET_ELSIZE", true, true},
    {"PyArray_Descr.alignment", "PyDataType_ALIGNMENT", "", true, true},
    {"PyArray_Descr.metadata", "PyDataType_METADATA", ""},
    {"PyArray_Descr.subarray", "PyDataType_SUBARRAY", ""},
    {"PyArray_Descr.names", "PyDataType_NAMES", ""},
    {"PyArray_Descr.fields", "PyDataType_FIELDS", ""},
    {"PyArray_Descr.c_metadata", "PyDataType_C_METADATA", ""},
    {"PyArray_Descr.f", "PyDataType_GetArrFuncs", ""},
    {"PyArray_Descr.flags", "PyDataType_FLAGS", ""},
    {"PyArrayObject.data", "PyArray_BYTES", "", false},
    {"PyArrayObject.nd", "PyArray_NDIM", ""},
    {"PyArrayObject.dimensions", "PyArray_DIMS", "", false},
    {"PyArrayObject.strides", "PyArray_STRIDES", "", false},
    {"PyArrayObject.descr", "PyArray_DESCR", "", false},
    {"PyArrayObject.base", "PyArray_BASE", "", false},
    {"PyArrayObject.flags", "PyArray_FLAGS", ""},
};

constexpr std::string_view kDescriptor = "PyArray_Descr";
constexpr std::string_view kArrayData = "PyArrayObject.data";
constexpr std::string_view kArrayFlags = "PyArrayObject.flags";
constexpr std::string_view kDescrFlags = "PyArray_Descr.flags";

// What NumPy 2.x has and 1.x lacks (numpy/npy_2_compat.h, numpy/npy_2_complexcompat.h).
struct Missing {
  std::string_view name;
  std::string_view definition;
};

constexpr Missing kMissing[] = {
    {"PyDataType_ELSIZE", "(descr) ((descr)->elsize)"},
    {"PyDataType_SET_ELSIZE", "(descr, size) ((descr)->elsize = (int)(size))"},
    {"PyDataType_ALIGNMENT", "(descr) ((descr)->alignment)"},
    {"PyDataType_METADATA", "(descr) ((descr)->metadata)"},
    {"PyDataType_SUBARRAY", "(descr) ((descr)->subarray)"},
    {"PyDataType_NAMES", "(descr) ((descr)->names)"},
    {"PyDataType_FIELDS", "(descr) ((descr)->fields)"},
    {"PyDataType_C_METADATA", "(descr) ((descr)->c_metadata)"},
    {"PyDataType_GetArrFuncs", "(descr) ((descr)->f)"},
    {"PyDataType_FLAGS", "(descr) ((npy_uint64)(unsigned char)(descr)->flags)"},
    {"NPY_CSETREAL", "(z, r) ((z)->real = (r))"},
    {"NPY_CSETIMAG", "(z, i) ((z)->imag = (i))"},
    {"NPY_CSETREALF", "(z, r) ((z)->real = (r))"},
    {"NPY_CSETIMAGF", "(z, i) ((z)->imag = (i))"},
    {"NPY_CSETREALL", "(z, r) ((z)->real = (r))"},
    {"NPY_CSETIMAGL", "(z, i) ((z)->imag = (i))"},
    {"NPY_RAVEL_AXIS", " NPY_MAXDIMS"},
};

// What no other header of NumPy 2.x includes.
constexpr std::string_view kMathHeader = "numpy/npy_math.h";

// What has been found out, or why nothing can be done.
struct Change {
  SourceChange edits;
  std::vector<SourceNeed> needs;
  std::string problem;
};

// By the text of the use.
using Changes = std::map<SourceSpan, Change>;

Change not_possible(std::string why) {
  return {{}, {}, std::move(why)};
}

// The headers of the ABI before the one that came with the name lack it, or the newest have it where nobody looks.
void need(std::string_view name, const AbiDatabase& database, Change& change) {
  const auto known = database.c_name(name);
  if (known && known->header == kMathHeader) change.needs.push_back({"#include <" + known->header + ">", ""});
  for (const Missing& missing : kMissing) {
    if (missing.name != name || !known) continue;
    std::ostringstream condition;
    condition << "NPY_ABI_VERSION < 0x" << std::hex << std::setw(8) << std::setfill('0')
              << database.facts_for(known->since).abi;
    change.needs.push_back({"#define " + std::string(name) + std::string(missing.definition), condition.str()});
  }
}

// accessor(base), and with `value` accessor(base, value): what stands between them goes, and they stay as they are, so
// that what they hold may change too.
Change call(const Replaceable& use, const std::string& accessor, const std::string& prefix, bool set,
            const AbiDatabase& database) {
  Change change;
  const std::string open = use.base_comma ? "(" : "";
  const std::string close = use.base_comma ? ")" : "";
  change.edits.push_back({use.base.begin, use.base.begin, accessor + "(" + prefix + open});
  if (set) {
    change.edits.push_back({use.text.begin, use.value.begin, close + ", "});
    change.edits.push_back({use.value.end, use.value.end, ")"});
  } else {
    change.edits.push_back({use.text.begin, use.text.end, close + ")"});
  }
  need(accessor.substr(accessor.find(')') + 1), database, change);
  return change;
}

// accessor(base, read(base) + (value))
Change call_with_own_value(const Replaceable& use, const std::string& set, const std::string& pointer,
                           const std::string& read, const AbiDatabase& database) {
  if (use.base_text.empty()) return not_possible("what it is a member of would be computed twice");
  Change change = call(use, set, pointer, true, database);
  const std::string operation = use.operation.substr(0, use.operation.size() - 1);
  change.edits[1].text += read + " " + operation + " (";
  change.edits[2].text = "))";
  return change;
}

Change change_array_flags(const Replaceable& use, const AbiDatabase& database) {
  const std::string pointer = use.arrow ? "" : "&";
  if (use.operation == "|=") return call(use, "PyArray_ENABLEFLAGS", pointer, true, database);
  if (use.operation == "&= ~") return call(use, "PyArray_CLEARFLAGS", pointer, true, database);
  return not_possible("flags are only set or cleared by NumPy's functions");
}

Change change_member(const Replaceable& use, const Accessor& accessor, const AbiDatabase& database) {
  const std::string pointer = use.arrow ? "" : "&";
  if (use.base_const && !accessor.takes_const)
    return not_possible(std::string(accessor.read) + " of older NumPys takes no pointer to a constant array");
  if (use.how == "set") {
    if (use.name == kArrayFlags) return change_array_flags(use, database);
    if (accessor.set.empty()) return not_possible("NumPy has no accessor that sets it without more ado");
    const std::string set(accessor.set);
    if (use.operation == "=") return call(use, set, pointer, true, database);
    Change change = call_with_own_value(use, set, pointer,
                                        std::string(accessor.read) + "(" + pointer + use.base_text + ")", database);
    need(accessor.read, database, change);
    return change;
  }
  if (use.name == kDescrFlags && use.how != "mask")
    return not_possible("it was a char, and PyDataType_FLAGS gives an npy_uint64");
  std::string read(accessor.read);
  if (use.name == kArrayData && use.how == "cast") read = "PyArray_DATA";
  if (accessor.is_wider && use.how == "typed") read = "(int)" + read;
  return call(use, read, pointer, false, database);
}

// npy_creal(z), NPY_CSETREAL(&z, x)
Change change_complex(const Replaceable& use, const AbiDatabase& database) {
  const auto known = database.c_name(use.name);
  const std::string_view accessors = known ? std::string_view(known->replacement) : "";
  const auto separator = accessors.find(" or ");
  if (separator == std::string_view::npos) return {};
  const std::string read(accessors.substr(0, separator));
  const std::string set(accessors.substr(separator + 4));
  const std::string value = use.arrow ? "*" : "";
  Change change;
  if (use.how != "set") {
    change = call(use, read, value, false, database);
  } else if (use.operation == "=") {
    change = call(use, set, use.arrow ? "" : "&", true, database);
  } else {
    change = call_with_own_value(use, set, use.arrow ? "" : "&", read + "(" + value + use.base_text + ")", database);
  }
  return change;
}

// Of the names that the database gives instead, the one that the macro stands for: then it is the same with every NumPy
// that has both.
std::string other_name(const Replaceable& use, const AbiDatabase& database) {
  const auto known = database.c_name(use.name);
  if (!known) return "";
  for (const std::string& alias : use.aliases) {
    const auto instead = database.c_name(alias);
    const std::vector<std::string> all = alternatives(known->replacement);
    const bool stays = instead ? instead->removed.empty() : alias.starts_with("Py");
    if (stays && std::find(all.begin(), all.end(), alias) != all.end()) return alias;
  }
  return "";
}

Change change_name(const Replaceable& use, std::string instead, const AbiDatabase& database) {
  if (instead.empty() || !is_identifier(instead)) return {};
  Change change;
  need(instead, database, change);
  change.edits.push_back({use.text.begin, use.text.end, std::move(instead)});
  return change;
}

// Whether the text of a macro is used for something else in another unit.
bool means_something_else(const Replaceable& use, const SourceQuestion& question) {
  if (!use.in_macro || use.how.empty()) return false;
  const auto meant_otherwise = [&](const SourceObservations& seen) {
    return std::any_of(seen.other_members.begin(), seen.other_members.end(),
                       [&](const SourcePlace& place) { return use.text.begin <= place && place < use.text.end; });
  };
  return std::any_of(question.units.begin(), question.units.end(), [&](const ScannedUnit& unit) {
    return std::any_of(unit.parsed.begin(), unit.parsed.end(),
                       [&](const auto& parsed) { return meant_otherwise(parsed.second); });
  });
}

std::optional<SourcePlace> below_numpy(const std::string& file, const SourceQuestion& question) {
  for (const auto& [headers, seen] : question.unit.parsed) {
    for (const SourcePlace& place : seen.below_numpy) {
      if (place.file == file) return place;
    }
  }
  return std::nullopt;
}

// As all the headers show it with which the line was parsed.
std::vector<const Replaceable*> uses_at(const SourcePlace& place, std::string_view name,
                                        const SourceQuestion& question) {
  std::vector<const Replaceable*> in_line;
  std::vector<const Replaceable*> in_column;
  for (const auto& [headers, seen] : question.unit.parsed) {
    for (const Replaceable& use : seen.replaceable) {
      if (use.place.line != place.line || use.name != name || use.place.file != place.file) continue;
      in_line.push_back(&use);
      if (use.place.column == place.column) in_column.push_back(&use);
    }
  }
  return in_column.empty() ? in_line : in_column;
}

// A header that went can only be exchanged for another together with every name that it alone declares.
Changes change_header(const Replaceable& use, const SourceQuestion& question) {
  const auto known = question.database.c_name(use.name);
  if (!known || !known->replacement.starts_with("numpy/") || !known->replacement.ends_with(".h") ||
      known->replacement.find(' ') != std::string::npos)
    return {};
  const auto header = question.database.c_name(known->replacement);
  if (!header || !AbiDatabase::is_from(known->since, header->since) || !header->removed.empty()) return {};
  Changes changes;
  changes[use.text].edits.push_back({use.text.begin, use.text.end, known->replacement});
  for (const auto& [headers, seen] : question.unit.parsed) {
    for (const NameUse& other : seen.uses) {
      const auto name = question.database.c_name(other.name);
      if (!name || name->header != use.name || name->kind == "header") continue;
      const auto uses = uses_at(other.place, other.name, question);
      const std::string instead = uses.empty() ? "" : other_name(*uses.front(), question.database);
      if (instead.empty() || !uses.front()->problem.empty() || uses.front()->text.begin.file != use.text.begin.file)
        return {{use.text, not_possible(other.name + " is used, which only it declares")}};
      for (const Replaceable* one : uses) changes[one->text] = change_name(*one, instead, question.database);
    }
  }
  return changes;
}

// Whether the function sets other members too: then it makes a descriptor of its own, which in NumPys that hide them is
// a structure of another name.
bool sets_up_descriptor(const Replaceable& use, const SourceQuestion& question) {
  if (use.how != "set" || structure_of(use.name) != kDescriptor) return false;
  for (const auto& [headers, seen] : question.unit.parsed) {
    const auto here = std::find_if(seen.uses.begin(), seen.uses.end(),
                                   [&](const NameUse& one) { return one.place == use.place && one.name == use.name; });
    if (here == seen.uses.end()) continue;
    const bool others = std::any_of(seen.uses.begin(), seen.uses.end(), [&](const NameUse& one) {
      return one.how == "written" && one.function == here->function && one.name != use.name &&
             structure_of(one.name) == kDescriptor;
    });
    if (others) return true;
  }
  return false;
}

Change change_for(const Replaceable& use, std::string_view instead, const SourceQuestion& question) {
  if (!use.problem.empty()) return not_possible(use.problem);
  if (!instead.empty()) return change_name(use, std::string(instead), question.database);
  if (means_something_else(use, question)) return not_possible("the macro is used for something else at another place");
  if (!use.how.empty() && structure_of(use.name).starts_with("npy_c")) return change_complex(use, question.database);
  if (sets_up_descriptor(use, question))
    return not_possible("with what else is set around it, this makes a descriptor: use a PyArray_DescrProto");
  for (const Accessor& accessor : kAccessors) {
    if (accessor.member == use.name && !use.how.empty()) return change_member(use, accessor, question.database);
  }
  return use.how.empty() ? change_name(use, other_name(use, question.database), question.database) : Change{};
}

}  // namespace

void add_fix(const SourcePlace& place, std::string_view name, std::string_view instead, const SourceQuestion& question,
             Finding& finding) {
  if (question.unit.generated) return;
  // One use for the user may be several: a macro's text that names it twice.
  Changes changes;
  for (const Replaceable* use : uses_at(place, name, question)) {
    Changes all{{use->text, change_for(*use, instead, question)}};
    if (use->problem.empty() && use->name.ends_with(".h")) all = change_header(*use, question);
    for (auto& [text, one] : all) {
      const auto [before, is_new] = changes.try_emplace(text, one);
      const bool same = is_new || (before->second.edits == one.edits && before->second.needs == one.needs);
      finding.fix_problem = same ? one.problem : "it means something else with other headers";
      if (!finding.fix_problem.empty()) return;
    }
  }
  for (const auto& [text, change] : changes) {
    if (change.edits.empty()) return;
    finding.fix_needs.insert(finding.fix_needs.end(), change.needs.begin(), change.needs.end());
  }
  if (changes.empty()) return;
  if (!finding.fix_needs.empty()) {
    const auto at = below_numpy(changes.begin()->first.begin.file, question);
    if (!at) {
      finding.fix_problem = "there is no line below NumPy's headers, and above all uses, for what older ones lack";
      return;
    }
    finding.fix_needs_at = *at;
  }
  for (auto& [text, change] : changes) finding.fix.push_back(std::move(change.edits));
}

std::vector<std::string> names_with_line_above(const AbiDatabase& database) {
  std::vector<std::string> names = database.c_names();
  std::erase_if(names, [&](const std::string& name) {
    const auto known = database.c_name(name);
    Change change;
    for (const std::string& instead : alternatives(known ? known->replacement : "")) need(instead, database, change);
    return change.needs.empty();
  });
  return names;
}

void add_fix(const SourcePlace& place, std::string_view name, const SourceQuestion& question, Finding& finding) {
  add_fix(place, name, "", question, finding);
}

}  // namespace abicheck
