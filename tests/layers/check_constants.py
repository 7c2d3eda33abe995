#!/usr/bin/env python3
"""Fail when a version of NumPy or a number of its ABI stands in the code of checker/: those belong into abi_db/.

usage: check_constants.py [CHECKER_FOLDER]. What is forbidden is read from abi_db/. Comments may name it.
"""
import json
import os
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATABASE = pathlib.Path(os.environ.get("ABICHECK_DATABASE", ROOT / "abi_db"))

PATTERNS = {
    r"(?i)numpy\b[^\",;()]{0,20}?[<>=!~]=?\s*v?\d": "a version of NumPy in a requirement",
    r"(?i)(?<![-\w])numpy[\s-]*v?\d+(?!\w)": "a version of NumPy",
    r"NPY_\d+_\d+_API_VERSION": "an API version",
    r'"[<>=!~]=?\d': "a version in a requirement",
    r'"v?[12]\.\d+(\.\d+)?"': "a version",
    r"\bVersion\s*[{(]\s*[12]\b": "a version",
    r"\bslot (0|21[01])\b": "a slot of the table",
    r"=\s*21[01]\s*[;,}]": "a slot of the table",
}

# Where a plain number that is also the size of one of NumPy's types may stand, by the line's own text.
PROSE = "explain"  # pages for people, which tell NumPy's history; nothing is decided there
FOLDERS_WITHOUT_SIZES = ("rules", "abi", "facts")
SMALLEST_SIZE = 16  # up to here a number is more often something else
NOT_A_SIZE = {
    "constexpr std::uint64_t kBeforeCall = 256;": "bytes of code that are looked at",
    "constexpr std::size_t kBehindText = 24;": "instructions that are looked at",
    "if (text.empty() || text.size() > 200) return false;": "the longest text that is a name",
    "constexpr std::uint64_t kBefore = 48;": "bytes of code that are looked at",
    "constexpr std::size_t kMessageLength = 24;": "instructions that are looked at",
    "constexpr std::uint64_t kLargestObject = 1 << 20;": "the most bytes that are taken for a size",
    "constexpr int kDepth = 64;": "levels of nesting",
    "constexpr std::size_t kMostSlots = 64;": "the most slots of a module that are looked at",
    "constexpr std::size_t kPathLength = 64;": "instructions that are looked at",
    "constexpr std::uint64_t kFailureNearby = 64;": "bytes of code that are looked at",
}

TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|//[^\n]*|/\*.*?\*/', re.S)


def without_comments(text):
    """The code with every comment made blank; lines and texts stay. Separators of digits are taken out before."""
    text = re.sub(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])", "", text)
    return TOKEN.sub(lambda m: re.sub(r"[^\n]", " ", m[0]) if m[0].startswith("/") else m[0], text)


def with_texts_joined(code):
    """Texts that the compiler joins as one, in the line of the first; the lines keep their numbers."""
    parts, end, pending = [], 0, 0  # pending: line breaks between pieces
    for match in TOKEN.finditer(code):
        between = code[end:match.start()]
        joined = parts and parts[-1].startswith('"') and match[0].startswith('"') and not between.strip()
        if joined:
            parts[-1] = parts[-1][:-1] + match[0][1:]
            pending += between.count("\n")
        else:
            parts += ["\n" * pending + between, match[0]]
            pending = 0
        end = match.end()
    return "".join(parts) + "\n" * pending + code[end:]


def numbers_of_database():
    """(ABI versions, API versions, sizes of types) that occur in abi_db/."""
    abis, apis, sizes = set(), set(), set()
    for path in sorted(DATABASE.glob("numpy-*.json")):
        minor = json.loads(path.read_text())
        for facts in (minor, *(release.get("overrides", {}) for release in minor["releases"])):
            abis |= {int(facts[key], 16) for key in ("abi_version",) if key in facts}
            apis |= {int(facts[key], 16) for key in ("api_version", "default_target") if key in facts}
            apis |= {int(target, 16) for target in (facts.get("target_macros") or {}).values() if target}
            apis |= {int(api, 16) for api in facts.get("api_names") or {}}
            for models in (facts.get("runtime_sizes") or {}).values():
                sizes |= {size for size in (models or {}).values() if size and size > SMALLEST_SIZE}
    if not abis or not apis or not sizes:
        sys.exit(f"no database in {DATABASE}")
    return abis, apis, sizes


def any_number(numbers, form):
    return "(" + "|".join(form.format(number) for number in sorted(numbers)) + ")"


class Checker:
    def __init__(self):
        abis, apis, self.sizes = numbers_of_database()
        hexadecimal = any_number(abis, "0x0*{:x}")
        decimal = any_number(abis, "{}")
        self.patterns = {
            **PATTERNS,
            rf"(?i)\b({hexadecimal}|{decimal})(?![0-9a-f])": "an ABI version",
            rf"(?i)\b{any_number(apis, '0x0*{:x}')}(?![0-9a-f]).*(api|target|version|feature)": "an API version",
            rf"(?i)(api|target|version|feature).*\b{any_number(apis, '0x0*{:x}')}(?![0-9a-f])": "an API version",
        }
        self.excused = set()

    def problems_in(self, text, folder):
        code = without_comments(text)
        for number, line in enumerate(with_texts_joined(code).splitlines(), 1):
            for pattern, what in self.patterns.items():
                found = re.search(pattern, line)
                if found:
                    yield number, f"{what} stands in the code: {found[0]}"
        if folder not in FOLDERS_WITHOUT_SIZES:
            return
        for number, line in enumerate(code.splitlines(), 1):
            found = [n for n in re.findall(r"(?<![\w.])(\d+)[uUlL]*(?![\w.])", TOKEN.sub('""', line)) if int(n) in self.sizes]
            if found and line.strip() in NOT_A_SIZE:
                self.excused.add(line.strip())
            elif found:
                yield number, f"the size of a type of NumPy stands in the code: {found[0]}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "checker")
    checker = Checker()
    count = files = 0
    for path in sorted(root.rglob("*")):
        folder = path.relative_to(root).parts[0]
        if path.suffix not in (".h", ".cpp") or folder == PROSE:
            continue
        files += 1
        for number, text in checker.problems_in(path.read_text(), folder):
            print(f"{path}:{number}: {text}")
            count += 1
    if root == ROOT / "checker":
        for line in sorted(set(NOT_A_SIZE) - checker.excused):
            print(f"{__file__}: no such line any more: {line}")
            count += 1
    if files == 0:
        sys.exit(f"no sources below {root}")
    print(f"{files} files, {count} problems")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
