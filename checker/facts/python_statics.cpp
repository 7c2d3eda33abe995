#include "facts/python_statics.h"

#include <algorithm>
#include <set>

#include "facts/flow.h"
#include "facts/values.h"

namespace abicheck {

namespace {

// Include/moduleobject.h: PyModuleDef_Base {PyObject_HEAD, m_init, m_index, m_copy}, m_name, m_doc, m_size, m_methods,
// m_slots, m_traverse, m_clear, m_free. PyObject_HEAD is two pointers; free-threaded builds, where it is more, have the
// methods further behind.
constexpr std::uint64_t kMethods = 8;
constexpr std::uint64_t kDefinition = 13;
constexpr std::uint64_t kMethod = 4;  // PyMethodDef: ml_name, ml_meth, ml_flags, ml_doc
constexpr std::size_t kMostMethods = 4096;
constexpr const char* kTakers[] = {"PyModule_Create2", "PyModuleDef_Init"};

// What calls of them hand over first.
std::set<std::uint64_t> find_definitions(const Code& code) {
  std::set<std::uint64_t> functions;
  for (const char* name : kTakers) {
    for (const Reference& reference : code.references_to_symbol(name)) {
      if (code.function_at(reference.site) != nullptr) functions.insert(code.function_at(reference.site)->begin);
    }
  }
  std::set<std::uint64_t> definitions;
  for (const std::uint64_t function : functions) {
    code.function_values(function).each([&](const Instruction& one, const Values& known) {
      if (one.operation != Operation::kCall && one.operation != Operation::kJump) return;
      const auto name = code.imported_name(one, known);
      if (!name || std::find(std::begin(kTakers), std::end(kTakers), *name) == std::end(kTakers)) return;
      const Value definition = known.at_callee(one).argument(0);
      if (definition.is_address()) definitions.insert(definition.value);
    });
  }
  return definitions;
}

// A table of methods ends with an entry without a name.
std::uint64_t end_of_methods(const BinaryImage& image, std::uint64_t methods) {
  const std::uint64_t size = kMethod * image.pointer_size();
  std::uint64_t entry = methods;
  for (std::size_t i = 0; i < kMostMethods && image.pointer_at(entry).value_or(0) != 0; ++i) entry += size;
  return entry + size;
}

}  // namespace

std::vector<StaticObject> find_python_statics(const Code& code) {
  const BinaryImage& image = code.image();
  const std::uint64_t size = image.pointer_size();
  std::vector<StaticObject> objects;
  for (const std::uint64_t definition : find_definitions(code)) {
    objects.push_back({definition, definition + kDefinition * size});
    const auto methods = image.pointer_at(definition + kMethods * size);
    if (methods && *methods != 0) objects.push_back({*methods, end_of_methods(image, *methods)});
  }
  return objects;
}

}  // namespace abicheck
