#include "tables/read_facts.h"

#include <algorithm>
#include <limits>

#include "base/limits.h"
#include "model/data_model.h"
#include "model/numpy_release.h"

namespace abicheck {

namespace {

bool is_dotted(std::string_view name, std::string_view front) {
  if (!name.starts_with(front)) return false;
  for (name.remove_prefix(front.size()); !name.empty();) {
    const std::string_view part = name.substr(1, name.find('.', 1) - 1);
    if (name.front() != '.' || !is_word(part)) return false;
    name.remove_prefix(1 + part.size());
  }
  return true;
}

Text read_text(const Node& node, TableBuilder& builder) {
  return builder.text(node.text());
}

Text read_text_or_null(const Node& node, TableBuilder& builder) {
  if (!node.is_null() && node.value().text() == nullptr) node.expected("a text or null");
  return node.is_null() ? kNoText : read_text(node, builder);
}

Range read_texts(const Node& node, TableBuilder& builder, std::size_t at_least = 0) {
  std::vector<Text> texts;
  for (const Node& element : node.elements(at_least)) texts.push_back(read_text(element, builder));
  return builder.list(builder.tables().texts, texts);
}

// A target of 0 is none, here and in the tables.
std::uint32_t read_target(const Node& node) {
  const std::uint32_t target = node.hex();
  if (target == 0) node.expected("a target above 0");
  return target;
}

std::uint32_t read_model(const Node& object, std::string_view key) {
  const auto model = find_data_model(key);
  if (!model) object.bad_key(key, "a data model");
  return static_cast<std::uint32_t>(*model);
}

void check_some(const Node& object) {
  if (object.members().empty()) object.fail("expected an object that is not empty");
}

TargetPolicyRow read_policy(const Node& node, TableBuilder& builder) {
  node.check_keys({"honoured", "lowest", "below_lowest", "above_api", "undefined_name"});
  const Node lowest = node.at("lowest");
  TargetPolicyRow row{};
  row.honoured = node.at("honoured").boolean() ? 1 : 0;
  row.lowest = lowest.is_null() ? 0 : read_target(lowest);
  row.below_lowest = read_text_or_null(node.at("below_lowest"), builder);
  row.above_api = read_text_or_null(node.at("above_api"), builder);
  row.undefined_name = node.at("undefined_name").hex();
  return row;
}

// No header compiles in more than its own API version.
void check_targets(const Node& file, const FactsRow& facts) {
  const Node policy = file.at("target_policy");
  constexpr std::string_view kUpTo = "a target up to api_version";
  if (facts.default_target > facts.api) file.at("default_target").expected(kUpTo);
  if (facts.target_policy.lowest > facts.api) policy.at("lowest").expected(kUpTo);
  if (facts.target_policy.honoured != 0 && facts.target_policy.lowest == 0)
    policy.at("lowest").expected("a target, since NPY_TARGET_VERSION is honoured");
}

Range read_macros(const Node& node, TableBuilder& builder) {
  std::vector<NumberRow> rows;
  for (const auto& [key, value] : node.members()) rows.push_back({builder.text(key), value.hex()});
  return builder.list(builder.tables().named_numbers, rows);
}

Range read_dtype_api(const Node& node, TableBuilder& builder) {
  using Limits = std::numeric_limits<std::int32_t>;
  std::vector<NumberRow> rows;
  for (const auto& [key, value] : node.members()) {
    const std::int64_t number = value.integer(Limits::min(), Limits::max(), "a number");
    rows.push_back({builder.text(key), static_cast<std::uint32_t>(number)});
  }
  return builder.list(builder.tables().named_numbers, rows);
}

Range read_api_names(const Node& node, TableBuilder& builder) {
  std::vector<ApiNameRow> rows;
  for (const auto& [key, value] : node.members()) {
    const auto api = hex_number(key);
    if (!api) node.bad_key(key, "a hexadecimal number such as '0x0123abcd'");
    rows.push_back({*api, value.minor()});
  }
  return builder.list(builder.tables().api_names, rows);
}

MessageRow read_message(const Node& node, TableBuilder& builder) {
  node.check_keys({"type", "text"}, {"stderr"});
  const Node type = node.at("type");
  if (!is_word(type.text()) || type.text()[0] < 'A' || type.text()[0] > 'Z') type.expected("the name of an exception");
  const auto error_output = node.find("stderr");
  return {read_text(type, builder), read_text(node.at("text"), builder),
          error_output ? read_text(*error_output, builder) : kNoText};
}

TemplateRow read_template(const Node& node, TableBuilder& builder) {
  node.check_keys({"paths", "messages", "macro_message"});
  std::vector<MessageRow> messages;
  for (const Node& message : node.at("messages").elements()) messages.push_back(read_message(message, builder));
  return {read_texts(node.at("paths"), builder, 1), builder.list(builder.tables().messages, messages),
          read_text(node.at("macro_message"), builder)};
}

// "numpy.core.multiarray._ARRAY_API"
bool is_capsule_path(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  if (dot == std::string_view::npos) return false;
  const std::string_view module = path.substr(0, dot);
  const std::string_view capsule = path.substr(dot + 1);
  const bool in_core = module.starts_with("numpy.core.") || module.starts_with("numpy._core.");
  return in_core && is_word(module.substr(module.rfind('.') + 1)) && std::count(path.begin(), path.end(), '.') == 3 &&
         (capsule == "_ARRAY_API" || capsule == "_UFUNC_API");
}

std::uint32_t read_state(const Node& node) {
  const std::string& word = node.one_of({"absent", "refuses", "warns", "works"});
  const PathState state = word == "absent"    ? PathState::kAbsent
                          : word == "refuses" ? PathState::kRefuses
                          : word == "warns"   ? PathState::kWarns
                                              : PathState::kWorks;
  return static_cast<std::uint32_t>(state);
}

Range read_paths(const Node& node, TableBuilder& builder) {
  check_some(node);
  std::vector<PathRow> rows;
  for (const auto& [key, value] : node.members()) {
    if (!is_capsule_path(key)) node.bad_key(key, "a path such as numpy.core.multiarray._ARRAY_API");
    rows.push_back({builder.text(key), read_state(value)});
  }
  return builder.list(builder.tables().paths, rows);
}

void read_shims(const Node& node, TableBuilder& builder, FactsRow& facts) {
  node.check_keys({}, {"refusal", "missing", "warning"});
  const auto read = [&](std::string_view key) {
    const auto message = node.find(key);
    return message ? read_message(*message, builder) : MessageRow{kNoText, kNoText};
  };
  facts.refusal = read("refusal");
  facts.missing = read("missing");
  facts.warning = read("warning");
}

// What a module gets that asks at a path has to be known.
void check_messages(const Node& file, const FactsRow& facts) {
  for (const auto& [path, state] : file.at("import_paths").members()) {
    const std::string& word = state.text();
    const bool refuses = word == "refuses" && facts.refusal.type.at == kNoText.at;
    const bool warns = word == "warns" && facts.warning.type.at == kNoText.at;
    if (refuses || warns)
      state.expected(refuses ? "no refusal without shims.refusal" : "no warning without shims.warning");
  }
}

Range read_runtime_sizes(const Node& node, TableBuilder& builder) {
  check_some(node);
  std::vector<RuntimeSizeRow> rows;
  for (const auto& [type, by_model] : node.members()) {
    if (!is_dotted(type, "numpy") || type == "numpy") node.bad_key(type, "a type such as numpy.dtype");
    check_some(by_model);
    std::vector<ModelSizeRow> sizes;
    for (const auto& [model, size] : by_model.members()) sizes.push_back({read_model(by_model, model), size.size()});
    rows.push_back({builder.text(type), builder.list(builder.tables().model_sizes, sizes)});
  }
  for (const std::string_view type : {"numpy.dtype", "numpy.ndarray", "numpy.ufunc"}) {
    const auto sizes = node.find(type);
    if (!sizes || !sizes->find("lp64")) node.fail("expected a size of " + std::string(type) + " for lp64");
  }
  return builder.list(builder.tables().runtime_sizes, rows);
}

Range read_target_sizes(const Node& node, std::uint32_t api, TableBuilder& builder) {
  check_some(node);
  std::vector<TargetSizeRow> rows;
  for (const auto& [key, size] : node.members()) {
    const auto target = hex_number(key);
    if (!target) node.bad_key(key, "a target such as '0x0123abcd'");
    if (*target > api) node.bad_key(key, "a target up to api_version");
    rows.push_back({*target, size.size()});
  }
  return builder.list(builder.tables().target_sizes, rows);
}

Range read_compiled_sizes(const Node& node, std::uint32_t api, TableBuilder& builder) {
  std::vector<CompiledSizeRow> rows;
  for (const auto& [type, by_model] : node.members()) {
    if (!type.starts_with("numpy.") || !is_word(type.substr(6))) node.bad_key(type, "a type such as numpy.dtype");
    check_some(by_model);
    std::vector<ModelTargetsRow> models;
    for (const auto& [model, sizes] : by_model.members())
      models.push_back({read_model(by_model, model), read_target_sizes(sizes, api, builder)});
    rows.push_back({builder.text(type), builder.list(builder.tables().model_targets, models)});
  }
  return builder.list(builder.tables().compiled_sizes, rows);
}

MemberRow read_member(std::string_view name, const Node& node, TableBuilder& builder) {
  MemberRow row{builder.text(name), 0, {}};
  std::vector<PlaceRow> places;
  for (const auto& [key, value] : node.members()) {
    if (key == "min_target") {
      row.min_target = read_target(value);
      continue;
    }
    const std::uint32_t model = read_model(node, key);
    const std::vector<Node> numbers = value.elements();
    if (numbers.size() != 2) value.fail("expected [offset, size]");
    const auto number = [&](std::size_t i) {
      return static_cast<std::uint32_t>(numbers[i].integer(0, INT32_MAX, "a number of bytes"));
    };
    places.push_back({model, number(0), number(1)});
  }
  row.places = builder.list(builder.tables().places, places);
  return row;
}

Range read_layouts(const Node& node, TableBuilder& builder) {
  check_some(node);
  std::vector<LayoutRow> rows;
  for (const auto& [name, members] : node.members()) {
    std::vector<MemberRow> member_rows;
    for (const auto& [member, places] : members.members()) member_rows.push_back(read_member(member, places, builder));
    rows.push_back({builder.text(name), builder.list(builder.tables().members, member_rows)});
  }
  return builder.list(builder.tables().layouts, rows);
}

std::uint32_t read_length(const Node& node) {
  return static_cast<std::uint32_t>(node.integer(1, limits::kTableSlots, "a number of slots"));
}

void read_sizes(const Node& file, TableBuilder& builder, FactsRow& facts) {
  const Node lengths = file.at("table_lengths");
  lengths.check_keys({"multiarray", "ufunc"});
  facts.multiarray_length = read_length(lengths.at("multiarray"));
  facts.ufunc_length = read_length(lengths.at("ufunc"));
  facts.runtime_sizes = read_runtime_sizes(file.at("runtime_sizes"), builder);
  const Node compiled = file.at("compiled_sizes");
  compiled.check_keys({"c", "c++", "no_deprecated_api"});
  facts.c_sizes = read_compiled_sizes(compiled.at("c"), facts.api, builder);
  facts.cpp_sizes = read_compiled_sizes(compiled.at("c++"), facts.api, builder);
  facts.no_deprecated_api_sizes = read_compiled_sizes(compiled.at("no_deprecated_api"), facts.api, builder);
  facts.layouts = read_layouts(file.at("layouts"), builder);
}

void check_sources(const Node& sources, const Node& artefacts) {
  for (const auto& [key, list] : sources.members()) {
    for (const Node& source : list.elements(1)) check_source(source, artefacts);
  }
}

void check_artefacts(const Node& artefacts) {
  for (const auto& [name, digest] : artefacts.members()) digest.check_sha256();
}

}  // namespace

void check_source(const Node& source, const Node& artefacts) {
  source.check_keys({"artefact", "member", "sha256"});
  const Node artefact = source.at("artefact");
  if (!artefacts.find(artefact.text())) artefact.expected("one of artefacts");
  (void)source.at("member").text();
  source.at("sha256").check_sha256();
}

FactsRow read_facts(const Node& file, TableBuilder& builder) {
  FactsRow facts{};
  facts.abi = file.at("abi_version").hex();
  facts.api = file.at("api_version").hex();
  facts.default_target = file.at("default_target").hex();
  facts.target_policy = read_policy(file.at("target_policy"), builder);
  check_targets(file, facts);
  facts.target_macros = read_macros(file.at("target_macros"), builder);
  facts.api_names = read_api_names(file.at("api_names"), builder);
  read_sizes(file, builder, facts);
  facts.import_array = read_template(file.at("import_array"), builder);
  facts.import_umath = read_template(file.at("import_umath"), builder);
  facts.import_paths = read_paths(file.at("import_paths"), builder);
  read_shims(file.at("shims"), builder, facts);
  check_messages(file, facts);
  const Node random = file.at("random");
  random.check_keys({"capsule", "pxd"});
  facts.random_capsule = read_text_or_null(random.at("capsule"), builder);
  facts.random_pxd = read_texts(random.at("pxd"), builder);
  facts.dtype_api = read_dtype_api(file.at("dtype_api"), builder);
  check_artefacts(file.at("artefacts"));
  check_sources(file.at("sources"), file.at("artefacts"));
  return facts;
}

}  // namespace abicheck
