#include "facts/sibling_import.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/find_text.h"

namespace abicheck {

namespace {

constexpr std::size_t kNameArguments = 6;
constexpr std::size_t kBehindName = 16;    // instructions from a name to the call that takes it
constexpr std::size_t kBehindString = 18;  // and from the call that makes a str of it to the import

constexpr std::string_view kImporters[] = {"PyImport_ImportModule", "PyImport_Import",
                                           "PyImport_ImportModuleLevelObject", "PyImport_ImportModuleLevel"};

bool imports(std::string_view function) {
  return std::find(std::begin(kImporters), std::end(kImporters), function) != std::end(kImporters);
}

bool makes_string(std::string_view function) {
  return function.starts_with("PyUnicode_From") || function.starts_with("PyUnicodeUCS4_From") ||
         function.starts_with("PyUnicodeUCS2_From") || function.starts_with("PyString_From") ||
         function == "PyUnicode_InternFromString";
}

class ImportFinder {
 public:
  ImportFinder(const ModuleContext& context, const std::vector<SizeCheck>& checks)
      : context_(context), code_(context.code), checks_(checks) {}

  std::vector<SiblingImport> run(const std::map<std::uint64_t, std::string>& names,
                                 const std::vector<Reference>& references) {
    std::vector<SiblingImport> found;
    for (const Reference& reference : references) {
      const auto named = names.find(reference.target);
      if (named == names.end() || reference.kind != Reference::Kind::kLea) continue;
      const std::string& name = named->second;
      const bool known = std::any_of(found.begin(), found.end(), [&](const auto& s) { return s.name == name; });
      const FunctionRange* function = code_.function_at(reference.site);
      if (known || function == nullptr || !is_imported(reference)) continue;
      const Way& way = context_.reachability.way_to(*function);
      if (way.reach != Reach::kImport) continue;
      found.push_back({name, "", {reference.site, "name that " + way.how + " imports"}, "", checks_before(reference)});
    }
    return found;
  }

 private:
  // In one function the order of the addresses tells.
  std::size_t checks_before(const Reference& reference) const {
    const FunctionRange* function = code_.function_at(reference.site);
    return static_cast<std::size_t>(std::count_if(checks_.begin(), checks_.end(), [&](const SizeCheck& check) {
      return check.evidence.where < reference.site || !function->holds(check.evidence.where);
    }));
  }

  // Whether the next call that is given the name imports it.
  bool is_imported(const Reference& reference) {
    const auto first = code_.decode_one(reference.site);
    if (!first) return false;
    const Value name = Value::address(reference.target);
    Values values(code_.machine(), code_.image());
    values.apply(*first);
    if (first->written != kNoRegister) values.set(first->written, name);
    std::uint64_t at = first->end();
    for (std::size_t i = 0; i < kBehindName; ++i) {
      const auto one = code_.decode_one(at);
      if (!one || one->operation == Operation::kReturn || one->operation == Operation::kTrap) return false;
      const bool leaves = one->operation == Operation::kCall || one->operation == Operation::kJump;
      if (const Values handed = values.at_callee(*one); leaves && is_handed_over(handed, name)) {
        const auto function = code_.imported_name(*one, values);
        if (function && imports(*function)) return handed.argument(0) == name;
        if (function && makes_string(*function)) return handed.argument(0) == name && is_string_imported(*one, values);
        if (function || one->operation == Operation::kCall) return !function && imports_inside(*one);
      }
      if (one->operation == Operation::kJump) {
        if (one->target == 0) return false;
        at = one->target;
        continue;
      }
      values.apply(*one);
      at = one->end();
    }
    return false;
  }

  // Up to Cython 0.29 __Pyx_ImportModule makes a str of the name and calls PyImport_Import.
  bool is_string_imported(const Instruction& call, Values values) const {
    if (call.operation != Operation::kCall) return false;
    values.apply(call);
    for (const Instruction& one : code_.straight_from(call.end(), kBehindString)) {
      const bool leaves = one.operation == Operation::kCall || one.operation == Operation::kJump;
      const auto function = leaves ? code_.imported_name(one, values) : std::nullopt;
      if (function && imports(*function)) return values.at_callee(one).argument(0) == Value::result_of(call.address);
      values.apply(one);
    }
    return false;
  }

  // Compilers hand arguments to local functions in whatever order and register.
  bool is_handed_over(const Values& values, const Value& name) const {
    for (std::size_t i = 0; i < kNameArguments; ++i) {
      if (values.argument(i) == name) return true;
    }
    return false;
  }

  // The functions of this module that import what they are given: __Pyx_ImportModule, and __Pyx_ImportType up to 0.28.
  void find_helpers() {
    helpers_.emplace();
    std::vector<std::uint64_t> doors;
    for (const std::string_view name : kImporters) {
      const Code::Doors of_name = code_.doors_of_symbol(std::string(name));
      doors.insert(doors.end(), of_name.slots.begin(), of_name.slots.end());
      doors.insert(doors.end(), of_name.stubs.begin(), of_name.stubs.end());
    }
    std::sort(doors.begin(), doors.end());
    for (const Reference& reference : code_.references_to(doors)) {
      const FunctionRange* function = code_.function_at(reference.site);
      if (function != nullptr) helpers_->insert(function->begin);
    }
  }

  bool imports_inside(const Instruction& call) {
    if (!helpers_) find_helpers();
    const std::uint64_t target = code_.own_target(call);
    const FunctionRange* function = target == 0 ? nullptr : code_.function_at(target);
    return function != nullptr && helpers_->count(function->begin) != 0;
  }

  const ModuleContext& context_;
  const Code& code_;
  const std::vector<SizeCheck>& checks_;
  std::optional<std::set<std::uint64_t>> helpers_;  // by where they begin
};

}  // namespace

bool mentions_module_imports(ByteView bytes) {
  return contains(bytes, "does not export expected C ");
}

std::map<std::uint64_t, std::string> find_sibling_names(const BinaryImage& image,
                                                        const std::set<std::string>& siblings) {
  std::set<std::string> anchors;  // the first parts of the names, which all modules of a package share
  for (const std::string& name : siblings) anchors.insert(name.substr(0, name.find('.') + 1));
  if (anchors.erase("") != 0) {
    for (const std::string& name : siblings) {
      if (name.find('.') == std::string::npos) anchors.insert(name + '\0');
    }
  }
  std::map<std::uint64_t, std::string> found;
  for (const MappedRange& range : image.data) {
    const ByteView bytes = slice(image.bytes, range.file_offset, range.size);
    for (const std::string& anchor : anchors) {
      for (std::size_t at = 0; (at = find_text(bytes, anchor, at)) != std::string_view::npos; ++at) {
        const auto text = image.string_at(range.address + at);
        if (text && siblings.count(std::string(*text)) != 0) found.emplace(range.address + at, *text);
      }
    }
  }
  return found;
}

std::vector<SiblingImport> find_sibling_imports(const ModuleContext& context,
                                                const std::map<std::uint64_t, std::string>& names,
                                                const std::vector<Reference>& references,
                                                const std::vector<SizeCheck>& checks) {
  if (names.empty()) return {};
  return ImportFinder(context, checks).run(names, references);
}

}  // namespace abicheck
