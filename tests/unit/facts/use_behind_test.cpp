#include "facts/use_behind.h"

#include <doctest/doctest.h>

#include "facts/code_image.h"

using namespace abicheck;
using abicheck::testing::CodeImage;

namespace {

constexpr std::uint64_t kInit = 0x100;
constexpr std::uint64_t kImport = 0x200;
constexpr std::uint64_t kHelper = 0x300;
constexpr std::uint64_t kUser = 0x400;
constexpr std::uint64_t kOther = 0x500;
constexpr std::uint64_t kInitializer = 0x600;
constexpr std::uint64_t kAdd = 0x700;
constexpr std::uint64_t kReader = 0x800;
constexpr std::uint64_t kMake = 0x900;  // stubs of imported functions
constexpr std::uint64_t kThrow = 0x920;
constexpr std::uint64_t kTable = 0x3100;
constexpr std::uint64_t kFlag = 0x3200;
constexpr std::uint64_t kList = 0x5000;  // behind what the file holds

const std::vector<int> kCall = {0xe8};
const std::vector<int> kReturn = {0xc3};
const std::vector<int> kLoad = {0x48, 0x8b, 0x05};                // mov rax,[rip+x]
const std::vector<int> kUse = {0xff, 0x90, 0x68, 1, 0, 0, 0xc3};  // call [rax+0x168]; ret

// An init function that calls the import and then does `behind`, and a function that uses the table.
class Module : public CodeImage {
 public:
  Module() {
    put(kFlag, std::vector<int>(8, 0));
    put(relative(kInit, kCall, kImport), kReturn);
    put(kImport, kReturn).put(kOther, kReturn);
    put(relative(kUser, kLoad, kTable), kUse);
    import("PyImport_ImportModule", 0x3000, kMake).import("__cxa_throw", 0x3008, kThrow);
    for (const std::uint64_t begin : {kInit, kImport, kHelper, kUser, kOther, kInitializer, kAdd, kReader})
      function(begin, begin + 0x100);
    exported("PyInit_demo", kInit);
  }
  // Goes on at `at` with a call of `target` and `bytes`; returns where they end.
  std::uint64_t call(std::uint64_t at, std::uint64_t target, const std::vector<int>& bytes = {0xc3}) {
    at = relative(at, kCall, target);
    put(at, bytes);
    return at + bytes.size();
  }
  std::uint64_t behind() const { return kInit + 5; }
};

// The place of the use, and how loading comes to it.
std::string use_behind(CodeImage module, std::uint64_t call = kInit, std::vector<FunctionRange> chain = {}) {
  Disassembler disassembler;
  const BinaryImage& image = module.image();
  const Code code(image, disassembler);
  Reachability reachability(code, "PyInit_demo");
  const ModuleContext context{code, reachability, {}, {}, "c", {{}, 0, 211, 210}, false};
  ApiSlotUse use;
  use.index = 45;
  use.sites = {kUser + 7};
  Way way;
  way.chain = {{kImport, kImport + 0x100}, {kInit, kInit + 0x100}};
  if (!chain.empty()) way.chain = std::move(chain);
  const DroppedImport dropped{CapsuleImport::Table::kArray, call, &way, {{kImport, kImport + 0x100}}};
  const Evidence found = find_use_behind(context, dropped, {use});
  CHECK((found.how.empty() || found.where == kUser + 7));
  return found.how;
}

constexpr const char* kDirect = "0x100 -> 0x400 -> 0x407";

}  // namespace

TEST_CASE("loading comes to a use of the table that is null") {
  Module module;
  CHECK(use_behind(module).empty());
  module.call(module.behind(), kUser);
  CHECK(use_behind(module) == kDirect);
  Module deeper;
  deeper.call(deeper.behind(), kHelper);
  deeper.call(kHelper, kUser);
  CHECK(use_behind(deeper) == "0x100 -> 0x300 -> 0x400 -> 0x407");
  Module before;  // the import comes after it: such a module would never work
  before.call(before.call(kInit, kUser, {}), kImport);
  CHECK(use_behind(before, kInit + 5).empty());
}

TEST_CASE("a use to which only some ways lead") {
  const std::vector<int> branch = {0x85, 0xff, 0x74, 5};  // test edi,edi; je behind the call
  Module some;
  some.put(some.behind(), branch);
  some.call(some.behind() + 4, kUser);
  CHECK(use_behind(some).empty());
  Module both = some;
  both.call(both.behind() + 9, kUser);
  CHECK(use_behind(both) == kDirect);
  Module helper;  // the function that is called uses it only sometimes
  helper.call(helper.behind(), kHelper);
  helper.put(kHelper, branch);
  helper.call(kHelper + 4, kUser);
  CHECK(use_behind(helper).empty());
  Module thrown = some;  // what does not come back does not count
  thrown.call(thrown.behind() + 9, kThrow);
  CHECK(use_behind(thrown) == kDirect);
  Module loop;
  loop.put(loop.behind(), {0xeb, 0xfe});
  CHECK(use_behind(loop).empty());
  Module pointer;  // jmp rax
  pointer.put(pointer.behind(), {0xff, 0xe0});
  CHECK(use_behind(pointer).empty());
}

TEST_CASE("the failing side of what Python is asked for does not count") {
  const auto with = [](std::uint64_t asked) {
    Module module;
    // test rax,rax; jne +1; ret
    const std::uint64_t at = module.call(module.behind(), asked, {0x48, 0x85, 0xc0, 0x75, 1, 0xc3});
    module.call(at, kUser);
    return module;
  };
  CHECK(use_behind(with(kMake)) == kDirect);
  CHECK(use_behind(with(kOther)).empty());  // a function of the module
}

TEST_CASE("a flag that nothing has set yet") {
  // cmp dword [rip+x],5; jne +5: the call of the user is behind it
  const auto with_flag = [](int content) {
    Module module;
    module.call(module.behind(), kHelper);
    const std::uint64_t end = kHelper + 7;
    module.put(kHelper, {0x83, 0x3d}).put32(kHelper + 2, static_cast<std::uint32_t>(kFlag - end)).put(end - 1, {5});
    module.put(end, {0x75, 5});
    module.call(end + 2, kUser);
    module.put(kFlag, {content});
    return module;
  };
  const std::vector<int> store = {0x89, 0x05};  // mov [rip+x],eax
  CHECK(use_behind(with_flag(5)) == "0x100 -> 0x300 -> 0x400 -> 0x407");
  CHECK(use_behind(with_flag(4)).empty());
  Module own = with_flag(5);  // the function itself sets it
  own.put(own.relative(kHelper + 14, store, kFlag), kReturn);
  CHECK(use_behind(own) == "0x100 -> 0x300 -> 0x400 -> 0x407");
  Module never = with_flag(5);  // and what loading does not lead to
  never.put(never.relative(kOther, store, kFlag), kReturn);
  CHECK(use_behind(never) == "0x100 -> 0x300 -> 0x400 -> 0x407");
  Module earlier = never;
  earlier.call(earlier.call(earlier.behind(), kOther, {}), kHelper);
  CHECK(use_behind(earlier).empty());
}

TEST_CASE("a failure that is dropped further up") {
  const std::vector<FunctionRange> chain = {
      {kImport, kImport + 0x100}, {kHelper, kHelper + 0x100}, {kInit, kInit + 0x100}};
  Module module;
  module.call(kHelper, kImport);
  module.call(module.call(kInit, kHelper, {}), kUser);
  CHECK(use_behind(module, kHelper, chain) == kDirect);
  Module done;
  done.call(done.call(kHelper, kImport, {}), kUser);
  done.call(kInit, kHelper);
  CHECK(use_behind(done, kHelper, chain) == "0x300 -> 0x400 -> 0x407");
}

TEST_CASE("a function that a static initialiser enters in a list") {
  const std::vector<int> lea = {0x48, 0x8d, 0x05};  // lea rax,[rip+x]
  Module module;
  module.call(module.behind(), kReader);
  module.put(module.relative(kReader, kLoad, kList), {0xff, 0x10, 0xc3});  // call [rax]; ret
  module.call(module.relative(kInitializer, lea, kUser), kAdd);
  module.put(module.relative(kAdd, {0x48, 0x89, 0x05}, kList), kReturn);  // mov [rip+x],rax
  CHECK(use_behind(module).empty());                                      // nothing runs what would be the initialiser
  const auto with_initializer = [](Module one) {
    Disassembler disassembler;
    BinaryImage image = one.image();
    image.initializers = {kInitializer};
    const Code code(image, disassembler);
    Reachability reachability(code, "PyInit_demo");
    const ModuleContext context{code, reachability, {}, {}, "c", {{}, 0, 211, 210}, false};
    ApiSlotUse use;
    use.sites = {kUser + 7};
    Way way;
    way.chain = {{kImport, kImport + 0x100}, {kInit, kInit + 0x100}};
    return find_use_behind(context, {CapsuleImport::Table::kArray, kInit, &way, {}}, {use}).how;
  };
  CHECK(with_initializer(module) == "0x100 -> 0x800 -> 0x400 -> 0x407");
  Module known = module;  // others may call it, or not
  known.pointer(0x3300, kUser);
  CHECK(with_initializer(known).empty());
  Module formed = module;
  formed.put(formed.relative(kOther, lea, kUser), kReturn);
  CHECK(with_initializer(formed).empty());
  Module two = module;  // several functions go through the list
  two.put(two.relative(kOther, kLoad, kList), kReturn);
  CHECK(with_initializer(two).empty());
  Module counts = module;  // the reader calls nothing
  counts.put(counts.relative(kReader, kLoad, kList), kReturn);
  CHECK(with_initializer(counts).empty());
  Module unread = module;  // loading does not come to it
  unread.put(unread.behind(), kReturn);
  CHECK(with_initializer(unread).empty());
}
