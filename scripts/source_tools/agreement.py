"""What abicheck says of a module in a wheel beside what it says of the sources that the module was made of.

Both sides are elements of its JSON report. The sources were scanned with the headers that the module was compiled with, as the
module itself tells: by its API version, by sizes, by the texts of _import_array().
"""
import collections
import re

from platform_tools.headers import key_of, number

from .build_files import stem

Difference = collections.namedtuple("Difference", "what wheel sources reason")
Module = collections.namedtuple("Module", "name outcome differences why")
OUTCOMES = ("same", "explained", "different", "not compared")

ASKED = "behind #if for the NumPy of the headers: older ones compile the file without it"
NOTHING_IMPORTED = "nothing in it calls import_array(), so no version is compiled in"
TEMPLATE = "the build makes a source of it out of a template"
CYTHON = "Cython source, without the C made from it"
ELSEWHERE = "no source that includes NumPy's headers has its init function"
UNREAD = "not read in full: "
NO_HEADERS = "no NumPy's headers give the versions and sizes in it"

# What _import_array() asks the table for itself: the ABI, the byte order, the API version.
OWN_SLOTS = {("multiarray", 0), ("multiarray", 210), ("multiarray", 211)}
NO_IMPORT = {"NPY401", "NPY402", "NPY403"}


def facts(one, kind):
    return [fact for fact in one["facts"] if fact["kind"] == kind]


def api_versions(module):
    return {number(fact["value"]) for fact in facts(module, "api_version") if fact.get("value")}


def headers_of(database, wheel, module, content):
    """The minors of NumPy whose headers may have compiled a module; of several those that give its API version by themselves."""
    apis = api_versions(module)
    sizes = [(fact["type"], fact["expected"]) for fact in facts(module, "size_check") if fact.get("expected")]
    fitting = {setting[:2] for setting in database.settings_of_module(apis, sizes, wheel.data_model)}
    if apis and (told := database.told_by_texts(content)):
        fitting = {(minor, target) for minor, target in fitting if minor in told[0]}
    if there := {setting for setting in fitting if database.has_wheel(setting[0], wheel.python, wheel.platform)}:
        fitting = there
    default = {(minor, target) for minor, target in fitting if number(database.minors[minor]["default_target"]) == target}
    return {minor for minor, _ in default if apis} or {minor for minor, _ in fitting}


def common_headers(candidates):
    """{module: the minor to scan the sources with}: one for all modules where one fits all."""
    every = set.intersection(*candidates.values()) if candidates else set()
    return {name: max(every or minors, key=key_of) for name, minors in candidates.items() if minors}


class Sources:
    """One scan of a source distribution, with the headers of one NumPy."""

    def __init__(self, report, tree, minor):
        self.units = {source["path"]: source for source in report["sources"]}
        self.tree, self.minor = tree, minor
        self.declared = list(tree.modules())

    def of_module(self, name):
        """(the units that the module `name` is made of, or why they are not known)"""
        last = name.rpartition(".")[2]
        files = next((files for told, files in self.declared if files and told and (name == told or name.endswith("." + told))), None)
        if files is None:
            files = [file for told, found in self.declared if told.rpartition(".")[2] == last for file in found]
        compiled = [path for path in self.units if not path.endswith((".pyx", ".pxd", ".pxi"))]
        stems = {stem(file) for file in files}
        paths = [path for path in compiled if stem(path) in stems]
        inits = [path for path in compiled if self.has_init(path, last)]
        cython = [path for path in self.tree.sources if path in files or re.search(rf"(^|/){re.escape(last)}\.", path) if ".pyx" in path]
        if cython and not any(stem(path) in map(stem, cython) for path in compiled):
            return [], CYTHON
        if any(file.endswith(".src") and not any(stem(path) == stem(file) for path in compiled) for file in files):
            return [], TEMPLATE
        paths = paths or inits
        if not paths:
            return [], ELSEWHERE
        return [self.units[path] for path in paths], ""

    def has_init(self, path, last):
        text = self.tree.texts.get(path, "")
        return re.search(rf"\b(?:PyInit_|init){re.escape(last)}\b|_MODULE\w*\s*\(\s*{re.escape(last)}\b", text) is not None

    def findings(self, unit):
        return unit["verdicts"][self.minor]["findings"]

    def unread(self, units):
        """Why a unit is not known as a whole."""
        for unit in units:
            if unit["verdicts"][self.minor]["verdict"] == "unknown":
                return next((finding["message"] for finding in self.findings(unit) if finding["rule"] == "NPY905"), "unknown")
        return ""


class Comparison:
    def __init__(self, module, units, sources):
        self.module, self.units, self.sources = module, units, sources
        self.slots = {(fact["table"], fact["index"]): fact for fact in facts(module, "api_slot") if fact.get("reach") != "never"}
        self.source_slots = collections.defaultdict(list)
        for fact in self.of_units("api_slot"):
            self.source_slots[fact["table"], fact["index"]].append(fact)

    def of_units(self, kind):
        return [fact for unit in self.units for fact in facts(unit, kind)]

    def differences(self):
        yield from self.imports()
        yield from self.used_slots()
        yield from self.targets()
        yield from self.lowest()

    def imports(self):
        wheel = {fact["table"] for fact in facts(self.module, "import_reach") if fact["value"] != "never"}
        called = [fact["value"] for fact in self.of_units("import_array") if fact.get("reach") != "never"]
        sources = {"umath" if re.search("umath|ufunc", name, re.I) else "multiarray" for name in called}
        if wheel != sources:
            yield Difference("imports", shown(wheel), shown(sources), None)
        refused = [finding for unit in self.units for finding in self.sources.findings(unit) if finding["rule"] in NO_IMPORT and finding["severity"] == "error"]
        if wheel and refused:
            yield Difference("import", "runs", refused[0]["message"], None)

    def used_slots(self):
        for slot in sorted(self.slots.keys() - self.source_slots.keys() - OWN_SLOTS):
            yield Difference("slot", f"{self.slots[slot]['name']} at {self.slots[slot].get('where')}", "", None)
        for slot in sorted(self.source_slots.keys() - self.slots.keys()):
            fact = self.source_slots[slot][0]
            yield Difference("slot", "", f"{fact['name']} at {fact['places'][0]}", None)

    def targets(self):
        wheel = api_versions(self.module)
        sources = {number(fact["value"]) for fact in self.of_units("target_version") if fact["value"]}
        if wheel != sources:
            reason = NOTHING_IMPORTED if not wheel and not facts(self.module, "import_path") else None
            yield Difference("target", shown(map(hex, wheel)), shown(map(hex, sources)), reason)

    def lowest(self):
        wheel = next(iter(facts(self.module, "lowest_numpy")), None)
        sources = max(self.of_units("lowest_numpy"), key=lambda fact: key_of(fact["value"]), default=None)
        if (wheel or {}).get("value") == (sources or {}).get("value"):
            return
        text = lambda fact: f"{fact['value']}, for {fact['because']}" if fact else "none"
        yield Difference("lowest NumPy", text(wheel), text(sources), self.reason_of_lowest(wheel))

    def reason_of_lowest(self, wheel):
        """An entry that both sides use raises the lowest NumPy of the sources only where nothing asks for its NumPy."""
        if wheel is None:
            return None
        used = {fact["name"] for found in self.source_slots.values() for fact in found}
        raising = {fact["because"] for fact in self.of_units("needs_numpy")}
        return ASKED if wheel["because"] in used - raising else None


def compare(name, module, sources):
    units, why = sources.of_module(name)
    if why:
        return Module(name, "not compared", [], why)
    found = list(Comparison(module, units, sources).differences())
    unread = sources.unread(units)
    if unread and any(difference.reason is None for difference in found):
        return Module(name, "not compared", found, UNREAD + unread)
    outcome = "different" if any(difference.reason is None for difference in found) else "explained" if found else "same"
    return Module(name, outcome, found, "")


def shown(values):
    return ", ".join(sorted(values)) or "none"
