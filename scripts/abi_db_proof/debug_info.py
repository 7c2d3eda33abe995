"""Every name that NumPy's headers declare: gcc lists macros and functions, its debug information has all else."""
import pathlib
import re
import subprocess
import tempfile

KINDS = ("typedef", "structure_type", "union_type", "enumeration_type", "variable")


def own_names(headers, compiler, setting, includes):
    """{name: header}, where it is declared first; members as "type.member"."""
    with tempfile.TemporaryDirectory(prefix="abicheck-") as folder:
        made, listing = pathlib.Path(folder, "names.o"), pathlib.Path(folder, "names.aux")
        headers.run(compiler, setting, includes, "", "-c", "-aux-info", str(listing), "-g", "-gdwarf-4", "-fno-eliminate-unused-debug-types",
                    "-fno-eliminate-unused-debug-symbols", output=str(made))
        if not made.exists():
            raise RuntimeError("the headers do not compile with debug information")
        functions = re.findall(r"^/\* (\S+):\d+:\w+ \*/ .*?\b(\w+) \(.*$", listing.read_text(), re.M)
        dump = subprocess.run(["readelf", "--debug-dump=info", "--debug-dump=rawline", "-W", made], capture_output=True, text=True).stdout
    found = headers.own_macros(compiler, setting, includes)
    for place, name in (*((headers.own(file), name) for file, name in functions), *debug_names(dump, headers)):
        if place:
            found.setdefault(name, place)
    return found


def debug_entries(dump):
    """[depth, tag, {attribute: text}] of each entry of readelf's output, with its offset as "at"."""
    entries = []
    for line in dump.splitlines():
        if match := re.match(r"\s*<(\d+)><([0-9a-f]+)>: Abbrev Number: \d+ \(DW_TAG_(\w+)\)", line):
            entries.append((int(match[1]), match[3], {"at": match[2]}))
        elif entries and (match := re.match(r"\s+<[0-9a-f]+>\s+DW_AT_(\w+)\s*:\s*(.*?)\s*$", line)):
            # (form) and (where the string is stored): text
            entries[-1][2][match[1]] = re.sub(r"^\(\w+\) (\([^)]*\): )?", "", match[2]).split("\t")[0]
    return entries


def debug_names(dump, headers):
    """(header or None, name) of types, enumerators, members and variables."""
    folders = dict(re.findall(r"^  (\d+)\t(\S.*)$", dump.split("The Directory Table")[-1].split("The File Name Table")[0], re.M))
    files = {number: headers.own(f"{folders.get(folder, '')}/{name}") for number, folder, name in
             re.findall(r"^  (\d+)\t(\d+)\t\d+\t\d+\t(\S+)$", dump.split("The File Name Table")[-1], re.M)}
    members, targets, typedefs, outer = {}, {}, [], None
    for depth, tag, values in debug_entries(dump):
        if depth == 1:
            outer = values
            if tag == "typedef":
                targets[values["at"]] = re.sub(r"<0x(\w+)>.*", r"\1", values.get("type", ""))
                typedefs.append(values)
            if tag in KINDS and "name" in values:
                yield files.get(values.get("decl_file")), values["name"]
        elif depth == 2 and tag == "enumerator":
            yield files.get(outer.get("decl_file")), values["name"]
        elif depth == 2 and tag == "member" and "name" in values:
            members.setdefault(outer["at"], []).append(values["name"])
    for values in typedefs:
        struct = values["at"]
        while struct in targets:
            struct = targets[struct]
        for member in members.get(struct, ()):
            yield files.get(values.get("decl_file")), f"{values['name']}.{member}"
