"""Every public C name that the headers of one release declare, seen from 64-bit Linux."""
import re

from clang import cindex

from . import Changed
from .headers import AFTER, Setting

Kind = cindex.CursorKind
GUARD = re.compile(r"\w*_H_*|\w*_H_INCLUDED_*")
KINDS = {
    Kind.FUNCTION_DECL: "function", Kind.VAR_DECL: "variable", Kind.TYPEDEF_DECL: "type", Kind.STRUCT_DECL: "type",
    Kind.UNION_DECL: "type", Kind.ENUM_DECL: "enum", Kind.MACRO_DEFINITION: "macro",
}
# A macro with its body over all its lines; one that has statements or takes arguments is no constant.
DEFINE = re.compile(r"#[ \t]*define[ \t]+(\w+)((?:\\\n|.)*)")
STATEMENT = re.compile(r"[{};]|^\(")
# A header whose own #error says that it is not to be included here is left out, and what it declares with it.
REFUSALS = re.compile(r"must be first among|never include|is deprecated as of")


def included(headers, setting, body="", tolerant=None):
    """The unit with all public headers that may be included together in this setting, and `body` after them.

    tolerant: a text that is included after that, and may have errors.
    """
    includes = headers.public
    while True:
        unit = headers.parse(setting, includes, body, details=True, after=tolerant)
        errors = [d for d in unit.diagnostics if d.severity >= cindex.Diagnostic.Error and d.location.file.name != AFTER]
        refused = [d.location.file.name.removeprefix("/include/") for d in errors if REFUSALS.search(d.spelling)]
        if not errors:
            return unit
        if len(refused) < len(errors) or not set(refused) & set(includes):
            raise Changed(f"the headers of NumPy {headers.release} do not parse together: {next((d for d in errors if not REFUSALS.search(d.spelling)), errors[0])}")
        includes = [name for name in includes if name not in refused]


def is_public(name):
    return bool(name) and not name.startswith("_") and re.fullmatch(r"\w+", name) is not None


def c_type(cursor):
    """The C type of a function or variable, or what a typedef stands for; empty for a struct, whose members tell, and an enum."""
    if cursor.kind in (Kind.FUNCTION_DECL, Kind.VAR_DECL):
        return cursor.type.spelling
    if cursor.kind != Kind.TYPEDEF_DECL or cursor.type.get_canonical().kind in (cindex.TypeKind.RECORD, cindex.TypeKind.ENUM):
        return ""
    return cursor.underlying_typedef_type.spelling


def declared(cursor):
    """(name, kind, type) of a top-level declaration, its enumerators and its members."""
    kind, name = KINDS.get(cursor.kind), cursor.spelling
    if kind is None or "(unnamed" in name or "(anonymous" in name:
        name = ""
    if kind == "macro" and GUARD.fullmatch(name):
        return
    if kind and is_public(name):
        yield name, kind, c_type(cursor)
    if cursor.kind == Kind.ENUM_DECL:
        yield from ((each.spelling, "enumerator", "") for each in cursor.get_children() if is_public(each.spelling))


def members(cursor):
    """(struct.member, kind, type) of a typedef; structs are known by the names of their typedefs."""
    if cursor.kind != Kind.TYPEDEF_DECL or not is_public(cursor.spelling):
        return
    for field in cursor.type.get_canonical().get_fields():
        if is_public(field.spelling) and field.spelling != "ob_base":
            yield f"{cursor.spelling}.{field.spelling}", "member", field.type.spelling


def names_in(headers, setting, slots):
    """{name: (kind, header, type)}. `slots` are the names of the tables with their kinds: the headers make macros of them."""
    found = {}
    for cursor in included(headers, setting).cursor.get_children():
        place = cursor.location.file
        if place is None or not place.name.startswith("/include/"):
            continue
        header = place.name.removeprefix("/include/")
        for name, kind, of_type in (*declared(cursor), *members(cursor)):
            kind = {"type": "variable"}.get(slots[name], slots[name]) if name in slots else kind
            if name not in found or found[name][0] == "macro":
                found[name] = (kind, header, of_type)
    undefined = {name for name, (kind, *_) in found.items() if kind == "macro"} - defined_in_the_end(headers, setting, found)
    return {name: facts for name, facts in found.items() if name not in undefined}


def defined_in_the_end(headers, setting, names):
    """Those of `names` that are macros after the last header: some are only for the headers' own use, and are undefined again."""
    asked = "".join(f"#ifdef {name}\nextern int abicheck_{name};\n#endif\n" for name in names if "." not in name and "/" not in name)
    unit = included(headers, setting, asked)
    return {cursor.spelling.removeprefix("abicheck_") for cursor in unit.cursor.get_children() if cursor.spelling.startswith("abicheck_")}


def constants(headers, setting, names):
    """{name: value} of those macros and enumerators that are integer constants of at most 64 bits with a sign.

    Each stands in a line of its own; the lines with an error are no such constants. "| 0" keeps out floating point.
    """
    statements = {name for text in headers.texts.values() for name, body in DEFINE.findall(text) if STATEMENT.search(body)}
    asked = [name for name, (kind, *_) in names.items() if kind in ("macro", "enumerator") and name not in statements]
    lines = [f"enum {{ abicheck_{name} = (long long)(({name}) | 0), abicheck_negative_{name} = ({name}) < 0 }};" for name in asked]
    unit = included(headers, setting, tolerant="\n".join(lines))
    wrong = {d.location.line for d in unit.diagnostics if d.severity >= cindex.Diagnostic.Error and d.location.file.name == AFTER}
    found = {}
    for cursor in unit.cursor.get_children():
        if cursor.kind == Kind.ENUM_DECL and cursor.location.file.name == AFTER and cursor.location.line not in wrong:
            value, negative = (each.enum_value for each in cursor.get_children())
            if (value < 0) == bool(negative):
                found[asked[cursor.location.line - 1]] = value
    return found


def public_names(headers, targets, slots):
    """{name: {"kind", "header"[, "type"][, "value"][, "min_target"][, "no_deprecated_api"]}} with the headers as they come.

    targets: the targets that the headers honour, in order; none when they do not.
    """
    highest = Setting(target=targets[-1] if targets else None)
    found = {header: ("header", header, "") for header in headers.public}
    found.update(names_in(headers, highest, slots))
    current = names_in(headers, Setting(target=highest.target, no_deprecated_api=True), slots)
    by_default = names_in(headers, Setting(), slots)
    above = {name: facts for name, facts in found.items() if name not in by_default}
    values = {**constants(headers, highest, above), **constants(headers, Setting(), by_default)}
    facts = {}
    for name, (kind, header, of_type) in found.items():
        facts[name] = {"kind": kind, "header": header, **({"type": of_type} if of_type else {}), **({"value": values[name]} if name in values else {})}
        if kind != "header" and name not in current:
            facts[name]["no_deprecated_api"] = False
    for target in reversed(targets[:-1]):
        lower = names_in(headers, Setting(target=target), slots)
        above = targets[targets.index(target) + 1]
        for name in facts:
            if facts[name]["kind"] != "header" and name not in lower and "min_target" not in facts[name]:
                facts[name]["min_target"] = above
        extra = set(lower) - set(facts)
        for name in extra:
            kind, header, of_type = lower[name]
            facts[name] = {"kind": kind, "header": header, **({"type": of_type} if of_type else {}), "max_target": target}
    return facts
