"""names.json against what compilers find declared."""
import re

from .compiled import in_range, targets_of
from .compilers import Setting
from .debug_info import own_names

# Names that are reserved, guard a header, or belong to the object header that every struct begins with.
NOT_PUBLIC = re.compile(r"_.*|.*_H_*|.*_H_INCLUDED_*|.*\._\w*|.*\.ob_(base|refcnt|type)")
DTYPE_SLOT = re.compile(r"_?NPY_(DT|METH)_(PyArray_ArrFuncs_)?[a-z]\w*")


def use_of(name, kind, number):
    """A declaration that needs the name."""
    if kind == "member":
        struct, member = name.rsplit(".", 1)
        return f"__typeof__((({struct} *)0)->{member}) *abicheck_{number};"
    if kind in ("type", "enum"):
        return f"{name} *abicheck_{number};"
    return f"__typeof__({name}) *abicheck_{number};"


class Names:
    """The comparison of the names of one release. quick: of the targets only the default, the lowest and the highest."""

    def __init__(self, proof, database, release, headers, quick=False):
        self.proof, self.database, self.release, self.headers = proof, database, release, headers
        self.facts = database.facts(release)
        self.targets = targets_of(self.facts, quick)

    def compare(self, compiler, newest):
        """newest: headers of the newest CPython; what those have themselves NumPy only gives to older ones."""
        for text, target in self.targets:
            self._each(compiler, Setting(target=text), target)
        if self.headers.mention("NPY_NO_DEPRECATED_API"):
            self._each(compiler, Setting(target=text, no_deprecated_api=True), target)
        self._values(compiler, Setting(target=self.targets[0][0]), self.targets[0][1])
        self._types(compiler, Setting(target=text), target)
        if compiler.family == "gcc":
            self._all(compiler, Setting(target=text), newest)
        else:
            self.proof.unproven["that no name is missing (no gcc)"] += 1
        for name, row in self.database.names.items():
            if row["kind"] == "header":
                there = (self.headers.include / name).is_file()
                self.proof.same("headers", f"{name} is there", self.database.holds(row, self.release, ("removed",)), there)

    def _all(self, compiler, setting, newest):
        """Nothing that the headers declare is missing, neither here nor in `layouts` and `dtype_api`."""
        found = own_names(self.headers, compiler, setting, self.headers.together(compiler, setting))
        cpython = newest.macros(compiler, setting, [])
        for name, header in sorted(found.items()):
            if NOT_PUBLIC.fullmatch(name):
                continue
            if name in cpython:
                self.proof.unproven["names that are CPython's"] += 1
                continue
            row = self.database.names.get(name)
            there = row is not None and self.database.holds(row, self.release, ("removed",))
            self.proof.same("names, all that there are", f"{name} (in {header})", there, True)
            if there:
                self.proof.same("names, their headers", f"header of {name}", self.database.as_of(row, self.release)["header"], header)
        for struct, members in self.facts["layouts"].items():
            declared = {name.partition(".")[2] for name in found if name.startswith(struct + ".")} - {"ob_base", "ob_refcnt", "ob_type"}
            self.proof.same("layouts, all members", f"members of {struct}", sorted(members), sorted(declared))
        numbers = {name for name in found if DTYPE_SLOT.fullmatch(name)}
        self.proof.same("dtype_api", "slots that are not in dtype_api", [], sorted(numbers - set(self.facts["dtype_api"])))

    def _each(self, compiler, setting, target):
        """Each name is declared, or not, as it says for this release, target and NPY_NO_DEPRECATED_API."""
        honoured = self.facts["target_policy"]["honoured"]
        present, absent = {}, {}
        for number, (name, row) in enumerate(self.database.names.items()):
            if row["kind"] != "header":
                row = self.database.as_of(row, self.release)
                there = self.database.holds(row, self.release, ("removed",)) and (not honoured or in_range(row, target))
                there = there and not (setting.no_deprecated_api and row.get("no_deprecated_api") is False)
                (present if there else absent)[name] = (number, row["kind"])
        includes = self.headers.together(compiler, setting)
        macros = self.headers.macros(compiler, setting, includes)
        for name, there in self._declared(compiler, setting, includes, present, macros).items():
            self.proof.same("names", f"{name} is declared", True, there, setting)
        for name, there in self._undeclared(compiler, setting, includes, absent, macros).items():
            self.proof.same("names", f"{name} is declared", False, there, setting)

    def _values(self, compiler, setting, target):
        """What macros and enumerators are worth with default settings."""
        lines = {}
        for name, row in self.database.names.items():
            row = self.database.as_of(row, self.release)
            if "value" in row and self.database.holds(row, self.release, ("removed",)) and in_range(row, target):
                lines[name] = f'_Static_assert(({name}) == {row["value"]}, "");'
        for name, right in self.headers.compiling(compiler, setting, lines, self.headers.together(compiler, setting)).items():
            self.proof.same("names, their values", f"{name} is {lines[name]}", True, right, setting)

    def _types(self, compiler, setting, target):
        """The types that are not the same in all releases, at the highest target."""
        lines = {}
        for number, (name, row) in enumerate(self.database.names.items()):
            row = self.database.as_of(row, self.release)
            if "type" in row and self.database.holds(row, self.release, ("removed",)) and in_range(row, target):
                lines[name] = f'{use_of(name, row["kind"], number)} _Static_assert(__builtin_types_compatible_p(__typeof__(*abicheck_{number}), {row["type"]}), "");'
        for name, right in self.headers.compiling(compiler, setting, lines, self.headers.together(compiler, setting)).items():
            self.proof.same("names, their types", f"{name} is {lines[name]}", True, right, setting)

    def _declared(self, compiler, setting, includes, present, macros):
        """{name: is it declared} of names that should be: one use each, none of which may be an error.

        A macro must be one, and anything else must not.
        """
        # With NPY_NO_DEPRECATED_API set, a macro may be an inline function.
        either = setting.no_deprecated_api
        found = {name: True for name, (_, kind) in present.items() if name in macros and (kind == "macro" or either)}
        lines = {name: use_of(name, kind, number) for name, (number, kind) in present.items()
                 if name not in found and (kind != "macro" or either)}
        found.update(self.headers.compiling(compiler, setting, lines, includes))
        # Names of tags are no types of their own in C; such a name cannot stand behind another keyword.
        tags = {name: f"{'struct' if present[name][1] == 'enum' else 'enum'} {name} *abicheck_{present[name][0]};" for name in lines
                if not found[name] and present[name][1] in ("type", "enum")}
        found.update({name: not free for name, free in self.headers.compiling(compiler, setting, tags, includes).items()})
        return {name: found.get(name, False) for name in present}

    def _undeclared(self, compiler, setting, includes, absent, macros):
        """{name: is it declared} of names that should not be: each is declared anew, which is an error if it is already.

        Names that are there without NumPy's headers are left out: nothing can be said of them.
        """
        before = self.headers.macros(compiler, setting, [])
        found = {name: True for name in absent if name in macros and name not in before}
        lines = {}
        for name, (number, kind) in absent.items():
            if name not in macros:
                lines[name] = use_of(name, kind, number) if kind == "member" else f"typedef struct abicheck_{number} {name};"
                if kind != "member":
                    lines[name, "tag"] = f"enum {name} {{ abicheck_{number}_ }};"
        free = self.headers.compiling(compiler, setting, lines, includes)
        already = self.headers.compiling(compiler, setting, {each: lines[each] for each in lines if not free[each]}, [])
        for each in lines:
            name = each if isinstance(each, str) else each[0]
            if absent[name][1] == "member":
                found[name] = free[each]
            elif free[each] or already[each]:
                found[name] = found.get(name, False) or not free[each]
        self.proof.unproven["absent names that are there without NumPy"] += len(set(absent) - set(found))
        return found
