"""One module of two builds: what differs, and what explains it.

A build is a dictionary: `wheel` (wheels.Wheel), `module` (the program's JSON) and `content()`, the file's bytes;
Comparison adds `used`, the module without code that nothing calls, and `model`, its data model.
"""
import collections
import re

from .headers import number
from .wheels import same_python

# The contract's facts, by what of them is the same on every platform. Sizes are compared by headers, below.
FACTS = {"abi_version": ("value", "compare"), "api_version": ("value",), "import_path": ("value", "attribute"),
         "own_way": ("value", "at_least"), "api_slot": ("table", "index")}
ALONE = {"lowest_numpy", "shared_table"}  # follow from others, or say nothing about a use of NumPy
IMPORT = {"abi_version", "api_version", "import_path", "import_reach"}  # of one copy of _import_array(), in this order
DECIDED_BY_HEADERS = {"abi_version", "api_version", "import_path", "size_check"}

SAME_HEADERS = "sizes of the same headers under another data model"
OTHER_PYTHON = "another Python, so other NumPy headers"
OTHER_TEXTS = "other NumPy headers, as the texts in both files tell"
OTHER_HEADERS = "other NumPy headers: in each file the API version and the sizes agree"
NO_WHEEL = "other NumPy headers: NumPy has no wheel here for those of the x86-64 build"
SIBLING = "other NumPy headers, as another module of the same two wheels tells"
READ_TWICE = "other NumPy headers: in each file the API version stands in the message's arguments and in the compare"
LONG = "types of the same number of bits: here `long` has another size"
NO_NAME = "its name stands nowhere in the other file: compiled with other declarations of NumPy's types"
UNUSED_CODE = "code that nothing calls, which one of the compilers kept"
CONSTANT_ARGUMENT = "pybind11's array() is only ever called without data: one compiler left out what follows when there are some"
RUNNING_SIZES = "under this data model the running NumPy's sizes compare otherwise"
WITH_DATA = {("multiarray", 85), ("multiarray", 282)}  # PyArray_NewCopy, PyArray_SetBaseObject
# NumPy's declarations name these together, or none of them (numpy/__init__.pxd since 1.20). "number" is a word like others.
SCALARS = ("generic", "number", "integer", "signedinteger", "unsignedinteger", "inexact", "floating", "complexfloating", "flexible", "character")
OUTCOMES = ("same", "explained", "different", "unknown")

Difference = collections.namedtuple("Difference", "what there here reason")  # there: the x86-64 build


def values(module, kind):
    return {tuple(fact.get(field) for field in FACTS[kind]) for fact in module["facts"] if fact["kind"] == kind and fact.get("value", 0) is not None}


def without_unused(module):
    """The module without facts of code that nothing calls, which some compilers keep (gcc -O0, Visual C++): of copies of
    _import_array(), each of which ends with its import_reach, of size checks and of slots."""
    facts, copy = [], []
    for fact in module["facts"]:
        if fact["kind"] in IMPORT:
            copy.append(fact)
            if fact["kind"] == "import_reach":
                facts += copy if fact["value"] != "never" else []
                copy = []
        elif fact.get("reach") != "never":
            facts.append(fact)
    facts += copy
    return module if facts == module["facts"] else {**module, "facts": facts, "uses_numpy": any(fact["kind"] not in ALONE for fact in facts)}


def listed(found):
    """For people: `0x01000009 equal; ...`"""
    return "; ".join(sorted(" ".join(str(part) for part in value if part is not None) for value in found)) or "none"


def size_checks(module):
    """type -> {(expected size, mode)}"""
    found = collections.defaultdict(set)
    for fact in module["facts"]:
        if fact["kind"] == "size_check" and fact.get("expected") is not None:
            found[fact["type"]].add((fact["expected"], fact.get("mode")))
    return found


def unread(module):
    """Whether something could not be recovered, so that facts may be missing."""
    return module["format"] == "unknown" or any("unknown" in fact or None in (fact.get("value", 0), fact.get("expected", 0))
                                                for fact in module["facts"])


def api_versions(module):
    return {number(value) for (value,) in values(module, "api_version")}


def read_twice(module):
    """Whether each API version is the message's argument and agrees with what the code compares."""
    facts = [fact for fact in module["facts"] if fact["kind"] == "api_version"]
    return bool(facts) and all("confirmed by the compare" in fact.get("how", "") for fact in facts)


def data_model(build):
    """The wheel's, but for the 32-bit half of a file for several machines."""
    model = build["wheel"].data_model
    return "ilp32" if build["module"]["bits"] == 32 and model == "lp64" else model


def slot_names(module):
    """{(table, index): name of the slot}"""
    return {(fact["table"], fact["index"]): fact.get("name") or "" for fact in module["facts"] if fact["kind"] == "api_slot"}


def by_bits(name):
    """A name for the types among which npy_int32 and npy_int64 are chosen: int, long, long long."""
    return re.sub(r"^Py(U?)(Int|Long|LongLong)ArrType_Type$", r"Py\1IntegerArrType_Type", name)


class Comparison:
    """`proofs` are of other modules of the same two wheels, from proof_of_headers()."""

    def __init__(self, headers, there, here, proofs=()):
        self.headers = headers
        self.proofs = proofs
        self.there, self.here = ({**build, "used": without_unused(build["module"]), "model": data_model(build)} for build in (there, here))

    # What differs

    def fact_differences(self):
        """Of the code that can be reached; what only other code tells is explained by the compilers."""
        there, here = self.there["used"], self.here["used"]
        for kind in FACTS:
            one, other = values(there, kind), values(here, kind)
            if one != other:
                yield Difference(kind, listed(one - other), listed(other - one), self.slot_reason(one, other) if kind == "api_slot" else None)
        for field in ("generator", "uses_numpy"):
            if there[field] != here[field]:
                yield Difference(field, there[field], here[field], None)
        yield from self.size_differences(size_checks(there), size_checks(here))
        kept = ["kept" if build["used"] is not build["module"] else "none" for build in (self.there, self.here)]
        if kept[0] != kept[1]:
            yield Difference("unused code", *kept, UNUSED_CODE)

    def slot_reason(self, there, here):
        """npy_int64 is `long` where that has 64 bits, and `long long` elsewhere. What array::array() of pybind11/numpy.h does
        in `if (ptr)`, and pybind11 nowhere else, a compiler leaves out that sees nullptr in each call."""
        if there ^ here == WITH_DATA and WITH_DATA & there in (set(), WITH_DATA) and self.here["used"]["generator"] == "pybind11":
            return CONSTANT_ARGUMENT
        names = {**slot_names(self.there["used"]), **slot_names(self.here["used"])}
        one, other = ({by_bits(names[slot]) for slot in slots} for slots in (there, here))
        models = {self.there["model"].startswith("lp64"), self.here["model"].startswith("lp64")}
        return LONG if len(models) == 2 and one == other else None

    def size_differences(self, there, here):
        for kind in sorted({*there, *here}):
            one, other = there.get(kind, set()), here.get(kind, set())
            same = self.same_headers(kind, one, other)
            if one != other or not same:
                reason = SAME_HEADERS if same else self.reason_of_missing(kind, one, other)
                yield Difference(f"size_check {kind}", listed(one), listed(other), reason)

    def reason_of_missing(self, kind, there, here):
        """A type that the file does not name is not checked there, whatever the program reads."""
        if bool(there) == bool(here):
            return None
        content = (self.here if there else self.there)["content"]()
        name = kind.rpartition(".")[2]
        together = SCALARS if name in SCALARS else (name,)
        return None if all(one.encode() + b"\0" in content for one in together) else NO_NAME

    def same_headers(self, kind, there, here):
        """Whether each size there has one here that a single setting of the headers gives as well, and the other way round."""
        models = self.there["model"], self.here["model"]
        if models[0] == models[1] or not self.headers.knows(kind, models[0]):
            return there == here

        def fit(one, other):
            return one[1] == other[1] and bool(self.headers.settings_of_size(kind, models[0], one[0])
                                               & self.headers.settings_of_size(kind, models[1], other[0]))
        return all(any(fit(one, other) for other in here) for one in there) and all(any(fit(one, other) for one in there) for other in here)

    def verdict_differences(self):
        for target in self.targets():
            one, other = (build["module"]["verdicts"][target] for build in (self.there, self.here))
            if outcome(one) != outcome(other):
                yield Difference(f"verdict {target}", outcome(one), outcome(other), None)

    def targets(self):
        """Those that both builds have an answer for."""
        verdicts = self.there["module"]["verdicts"], self.here["module"]["verdicts"]
        return [target for target in verdicts[0]
                if target in verdicts[1] and not {"not_applicable", "unknown"} & {side[target]["verdict"] for side in verdicts}]

    # What explains it

    def headers_may_explain(self, difference):
        """Other headers give other values; they do not make facts appear or vanish."""
        kind = difference.what.split()[0]
        if difference.reason is not None or kind not in DECIDED_BY_HEADERS:
            return False
        if kind == "size_check":  # which types are checked is a matter of the Cython declarations that NumPy ships
            return all(size_checks(build["used"]) for build in (self.there, self.here))
        there, here = (values(build["used"], kind) for build in (self.there, self.here))
        if kind == "import_path":
            return {attribute for _, attribute in there} == {attribute for _, attribute in here}
        return bool(there and here)

    def proof_of_headers(self):
        """(reason, minors there, minors here) when this module alone proves that the headers differ."""
        if not same_python(self.there["wheel"], self.here["wheel"]):
            return None
        minors = self.minors()
        apis = api_versions(self.there["used"]), api_versions(self.here["used"])
        texts = self.told_by_texts()
        if not all(minors) or not all(apis):
            return None  # a build that contradicts itself was misread
        if all(texts) and texts[0] != texts[1] and apis[0] <= texts[0][1] and apis[1] <= texts[1][1]:
            return OTHER_TEXTS, *minors
        # Sizes are evidence only where neither build's sizes would do with the other's API version.
        if not self.settings(self.there, apis[1]) and not self.settings(self.here, apis[0]):
            return OTHER_HEADERS, *minors
        return None

    def header_reason(self):
        """Why the two builds may have used different NumPy headers; None without evidence of it."""
        here = self.here["wheel"]
        if not same_python(self.there["wheel"], here):
            return OTHER_PYTHON
        if proof := self.proof_of_headers():
            return proof[0]
        minors = self.minors()
        if not all(minors):
            return None
        # Of the headers that each build may have used, is there a NumPy for this platform and Python?
        available = [any(self.headers.has_wheel(minor, here.python, here.platform) for minor in side) for side in minors]
        if available == [False, True]:
            return NO_WHEEL
        if any(minors[0] & proof[1] and minors[1] & proof[2] and proof[1] != proof[2] for proof in self.proofs):
            return SIBLING
        return READ_TWICE if all(read_twice(build["used"]) for build in (self.there, self.here)) else None

    def told_by_texts(self):
        return [self.headers.told_by_texts(build["content"]()) for build in (self.there, self.here)]

    def minors(self):
        """Of the headers that each build may have used, by its sizes, API version and texts."""
        every = set(self.headers.minors)
        return [{setting[0] for setting in self.settings(build)} & (told[0] if told and api_versions(build["used"]) else every)
                for build, told in zip((self.there, self.here), self.told_by_texts())]

    def settings(self, build, apis=None):
        """The headers that fit the sizes in a build and its API version, or `apis` instead of it."""
        sizes = [(kind, size) for kind, checks in size_checks(build["used"]).items() for size, _ in checks]
        return self.headers.settings_of_module(apis or api_versions(build["used"]), sizes, build["model"])

    def running_sizes_differ(self, target):
        """Whether, under this target, a size that is compared is larger, equal or smaller on one platform only."""
        minor = ".".join(target.split(".")[:2])
        checks = size_checks(self.there["used"]), size_checks(self.here["used"])
        for kind in set(checks[0]) & set(checks[1]):
            relations = []
            for build, sizes in zip((self.there, self.here), checks):
                running = self.headers.running(kind, build["model"], minor)
                relations.append({(size > running) - (size < running) for size, _ in sizes[kind]} if running else None)
            if None not in relations and relations[0] != relations[1]:
                return True
        return False

    # All of it

    def differences(self):
        facts = list(self.fact_differences())
        if any(self.headers_may_explain(difference) for difference in facts):
            other_declarations = any(difference.reason == NO_NAME for difference in facts)
            reason = self.header_reason()
            of_sizes = reason or (NO_NAME if other_declarations else None)
            facts = [difference._replace(reason=of_sizes if difference.what.startswith("size_check") else reason)
                     if self.headers_may_explain(difference) else difference for difference in facts]
        reasons = [difference.reason for difference in facts if difference.reason not in (None, SAME_HEADERS, UNUSED_CODE, LONG, CONSTANT_ARGUMENT)]
        for difference in self.verdict_differences():
            if self.running_sizes_differ(difference.what.split()[1]):
                difference = difference._replace(reason=RUNNING_SIZES)
            elif reasons:
                difference = difference._replace(reason=reasons[0])
            facts.append(difference)
        return facts

    def result(self):
        """(one of OUTCOMES, differences)"""
        found = self.differences()
        unexplained = [difference for difference in found if difference.reason is None]
        unsure = any(unread(build["module"]) for build in (self.there, self.here))
        if not unsure and [difference.what for difference in unexplained] == ["generator"]:
            unsure = "unknown" in unexplained[0]
        if any(difference.what.startswith("verdict") for difference in unexplained) or (unexplained and not unsure):
            return "different", found
        if self.any_unknown() or (unsure and (unexplained or not self.targets())):
            return "unknown", found
        return ("explained" if found else "same"), found

    def any_unknown(self):
        return any(verdict["verdict"] == "unknown" for build in (self.there, self.here) for verdict in build["module"]["verdicts"].values())


def outcome(verdict):
    """The verdict, and when it fails."""
    failing = sorted({finding["when"] for finding in verdict["findings"] if finding["severity"] == "error" and finding.get("when")})
    return " at ".join([verdict["verdict"], *[" and ".join(failing)] * bool(failing)])


def summary(module):
    """A module's facts and verdicts in one line."""
    parts = [f"{module['format']} {module['arch']}", module["generator"], "uses NumPy" if module["uses_numpy"] else "no NumPy"]
    parts += [f"{kind} {listed(found)}" for kind in FACTS if (found := values(module, kind)) and kind != "api_slot"]
    parts += [f"{kind} {listed(checks)}" for kind, checks in sorted(size_checks(module).items())]
    parts += sorted({"unread: " + fact["unknown"] for fact in module["facts"] if "unknown" in fact})
    parts += [f"{target} {outcome(verdict)}" for target, verdict in module["verdicts"].items() if verdict["verdict"] != "not_applicable"]
    return ", ".join(parts)
