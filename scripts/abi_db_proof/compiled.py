"""NumPy's headers under real compilers, against the facts about compiled modules."""
import re

from .compilers import Setting
from .database import TABLES
from .headers import CORE

STRUCTS = {"ndarray": "PyArrayObject", "dtype": "PyArray_Descr", "ufunc": "PyUFuncObject", "flatiter": "PyArrayIterObject",
           "broadcast": "PyArrayMultiIterObject"}
ABSTRACT = "generic number integer signedinteger unsignedinteger inexact floating complexfloating flexible character".split()
STRUCTS.update({name: "PyObject" for name in ABSTRACT})
UNKNOWN_TARGET = "NPY_99_9_API_VERSION"
EXPERIMENTAL = ("__EXPERIMENTAL_DTYPE_API_VERSION", "__EXPERIMENTAL_DTYPE_VERSION")  # the latter up to 1.24


def at_target(steps, target):
    """The value of a {lowest target: value} table."""
    known = [step for step in steps if int(step, 16) <= target]
    return steps[max(known, key=lambda step: int(step, 16))] if known else None


def compiled_size(facts, name, compiler, setting, model, target):
    special = "c++" if compiler.language == "c++" else "no_deprecated_api" if setting.no_deprecated_api else "c"
    tables = facts["compiled_sizes"]
    steps = tables[special].get(name, {}).get(model) or tables["c"].get(name, {}).get(model)
    return at_target(steps, target) if steps else None


def targets_of(facts, quick=False):
    """[(text of NPY_TARGET_VERSION, resulting target)], the default first; then one for each distinct value that is honoured,
    or the lowest and the highest of them."""
    default, policy = int(facts["default_target"], 16), facts["target_policy"]
    if not policy["honoured"]:
        return [("", default)]
    lowest, api = int(policy["lowest"], 16), int(facts["api_version"], 16)
    values = {}
    for name, value in facts["target_macros"].items():
        if lowest <= int(value, 16) <= api:
            values.setdefault(int(value, 16), name)
    honoured = [(values[value], value) for value in sorted(values)]
    return [("", default), *(dict.fromkeys((honoured[0], honoured[-1])) if quick else honoured)]


def in_range(row, target):
    return int(row.get("min_target", "0x0"), 16) <= target <= int(row.get("max_target", "0xffffffff"), 16)


class Compiled:
    """The comparison of one release's headers with what compilers make of them. quick: see targets_of()."""

    def __init__(self, proof, database, release, headers, quick=False):
        self.proof, self.database, self.release, self.headers = proof, database, release, headers
        self.facts = database.facts(release)
        self.targets = targets_of(self.facts, quick)

    def compare(self, compilers):
        """Sizes, layouts, values, target policy, slots and import templates."""
        targets = self.targets
        for compiler in compilers:
            # The second family of compilers checks the two ends.
            chosen = targets if compiler.family == compilers[0].family else list({targets[0], targets[-1]})
            for text, target in chosen:
                self.sizes(compiler, Setting(target=text), compiler.model, target)
                if compiler.language == "c":
                    self.sizes(compiler, Setting(target=text, no_deprecated_api=True), compiler.model, target)
            if compiler.language == "c":
                self.values(compiler)
                self.policy(compiler)
        self.slots(compilers[0], Setting(target=targets[-1][0]), targets[-1][1])
        self.templates(compilers[0])

    def compare_model(self, compilers, model, free_threaded):
        """Sizes and layouts alone."""
        for compiler in compilers:
            for text, target in self.targets:
                self.sizes(compiler, Setting(text, False, free_threaded), model, target)
                if compiler.language == "c":
                    self.sizes(compiler, Setting(text, True, free_threaded), model, target)

    def includes(self, compiler):
        random = "numpy/random/bitgen.h"
        return (*CORE, random) if (self.headers.include / random).exists() and "bitgen_t" in self.facts["layouts"] else CORE

    def sizes(self, compiler, setting, model, target):
        asked, said = {}, {}
        for name in self.facts["compiled_sizes"]["c"]:
            size = compiled_size(self.facts, name, compiler, setting, model, target)
            asked["size", name], said["size", name] = f"sizeof({STRUCTS[name.rpartition('.')[2]]})", size
        if compiler.language == "c" and not setting.no_deprecated_api:
            for struct_name, members in self.facts["layouts"].items():
                for member, places in members.items():
                    if in_range(places, target) and model in places:
                        offset, size = ("offset", struct_name, member), ("size", struct_name, member)
                        asked[offset], asked[size] = f"__builtin_offsetof({struct_name}, {member})", f"sizeof((({struct_name} *)0)->{member})"
                        # A flexible array has no size of its own.
                        said[offset], said[size] = places[model][0], places[model][1] or None
        measured = self.headers.constants(compiler, setting, asked, self.includes(compiler))
        for fact, value in measured.items():
            group = "compiled_sizes" if len(fact) == 2 else "layouts"
            self.proof.same(f"{group} {model}", f"{group} {'.'.join(fact[1:])} {fact[0]} {model}", said[fact], value, f"{compiler.name} {setting}")

    def values(self, compiler):
        """Version numbers, target macros, their texts, and the numbers of the DType API."""
        facts = self.facts
        asked = {"abi_version": "NPY_ABI_VERSION", "api_version": "NPY_API_VERSION", "default_target": "NPY_FEATURE_VERSION"}
        asked.update({name: name for name in facts["target_macros"]})
        measured = self.headers.constants(compiler, Setting(), asked, CORE)
        for name in asked:
            said = facts["target_macros"].get(name) or facts[name]
            self.proof.same("versions", name, int(said, 16), measured[name], compiler.name)
        macros = self.headers.macros(compiler, Setting(), CORE)
        here = sorted(name for name in macros if re.fullmatch(r"NPY_\d+_\d+_API_VERSION", name))
        self.proof.same("versions", "names of target macros", sorted(facts["target_macros"]), here, compiler.name)
        for text, target in self.targets:
            found = self.headers.expansions(compiler, Setting(target=text), ["NPY_FEATURE_VERSION_STRING"])["NPY_FEATURE_VERSION_STRING"]
            said = facts["api_names"].get(f"0x{target:08x}")
            self.proof.same("api_names", f"api_names at {text or 'the default target'}",
                            f'"{said}"' if said else "NPY_FEATURE_VERSION_STRING", found, compiler.name)
        self.dtype_api(compiler)

    def dtype_api(self, compiler):
        header = "numpy/experimental_dtype_api.h"
        includes = (*CORE, header) if (self.headers.include / header).exists() else CORE
        target = self.targets[-1][0]
        macros = self.headers.macros(compiler, Setting(target=target), includes)
        names = {name: name for name in macros if re.fullmatch(r"_?NPY_(DT|METH)_\w+", name)}
        experimental = next((name for name in EXPERIMENTAL if name in macros), None)
        names.update({name: name for name in self.facts["dtype_api"] if name not in names}, experimental_version=experimental or "(void)0")
        said = self.facts["dtype_api"]
        measured = self.headers.constants(compiler, Setting(target=target), {name: names[name] for name in said}, includes)
        for name, value in said.items():
            self.proof.same("dtype_api", f"dtype_api {name}", value, measured[name], compiler.name)
        if "experimental_version" not in said:
            self.proof.same("dtype_api", "dtype_api experimental_version", None, experimental, compiler.name)

    def policy(self, compiler):
        policy = self.facts["target_policy"]
        api, default = int(self.facts["api_version"], 16), int(self.facts["default_target"], 16)
        feature = lambda text: self.headers.constants(compiler, Setting(target=text), {"it": "NPY_FEATURE_VERSION"}, CORE)["it"]
        same = lambda fact, said, found: self.proof.same("target_policy", f"target_policy {fact}", said, found, compiler.name)
        same("undefined_name", int(policy["undefined_name"], 16), feature(UNKNOWN_TARGET))
        above = self.headers.diagnostics(compiler, Setting(target=hex(api + 1)))
        same("above_api", policy["above_api"], above[0] if above else None)
        if not policy["honoured"]:
            same("honoured", default, feature(hex(api - 1)))
            return
        lowest = int(policy["lowest"], 16)
        for text, target in self.targets:
            same(f"honours {text or 'nothing'}", (target, []), (feature(text), self.headers.diagnostics(compiler, Setting(target=text))))
        below = self.headers.diagnostics(compiler, Setting(target=hex(lowest - 1)))
        same("below_lowest", policy["below_lowest"], below[0] if below else None)

    def slots(self, compiler, setting, target):
        """The macros of the generated headers lead to these indices, with these types."""
        asked, said = {}, {}
        for table in TABLES:
            for index, row in self.database.rows(table, self.release).items():
                name, signature = row["name"], row["signature"]
                array = signature.endswith("[]")
                place, found = (name, f"__typeof__({name})") if array else (f"&{name}", f"__typeof__(&{name})")
                if row["kind"] != "function":
                    signature = signature.removesuffix("[]") + " *"
                asked["index", table, name], said["index", table, name] = f"(char *)({place}) - (char *)0", index
                asked["signature", table, name], said["signature", table, name] = f"__builtin_types_compatible_p({found}, {signature})", 1
        # A table of arrays of one byte that begins at address 0: the address of slot N is N.
        table = "".join(f"\n#undef {name}\n#define {name} ((char (*)[1])0)\n" for name in TABLES.values())
        measured = self.headers.constants(compiler, setting, asked, CORE, table)
        again = {fact: text for fact, text in asked.items() if measured[fact] is None}
        if again:
            # 1.6 needs noprefix.h for some. 2.5 puts macros of its own over those of the generated header.
            generated = self.headers.slot_macros(compiler, setting)
            table += "".join(f"#undef {name}\n#define {name} {generated[name]}\n" for name in sorted({fact[2] for fact in again} & set(generated)))
            measured.update(self.headers.constants(compiler, setting, again, self.headers.together(compiler, setting), table))
        for (what, name, slot), value in measured.items():
            self.proof.same(f"slot {what}", f"{what} of {slot} in {name}", said[what, name, slot], value, compiler.name)

    def templates(self, compiler):
        calls = {"import_array": ("int abicheck(void) { return _import_array(); }", "int abicheck(void) { import_array1(-1); return 0; }"),
                 "import_umath": ("int abicheck(void) { return _import_umath(); }", "int abicheck(void) { import_umath1(-1); return 0; }")}
        default = self.facts["api_names"].get(self.facts["default_target"], "")
        for name, (function, macro) in calls.items():
            said = self.facts[name]
            found = self.headers.strings_of(compiler, Setting(), "_" + name, function, CORE)
            texts = [(each["type"], each["text"].replace("{target}", default)) for each in said["messages"]]
            paths = list(dict.fromkeys(text for text, _ in found if re.fullmatch(r"numpy(\.\w+)+", text)))
            self.proof.same("import templates", f"{name}.paths", said["paths"], paths)
            compiled = [(kind, text) for text, kind in found if kind and text not in said["paths"]]
            left = iter(texts)
            in_order = [each for each in compiled if each in left]
            self.proof.same("import templates", f"{name}.messages that are compiled here, in their order", in_order, compiled)
            self.proof.unproven["messages for other platforms or Pythons"] += len(texts) - len(compiled)
            shown_by_macro = [(kind, text) for text, kind in self.headers.strings_of(compiler, Setting(), "abicheck", macro, CORE)]
            self.proof.same("import templates", f"{name}.macro_message", [("ImportError", said["macro_message"])], shown_by_macro)
