#!/usr/bin/env python3
"""Fail when a version of NumPy or a number of its ABI stands in the code of checker/: those belong into abi_db/.

usage: check_constants.py [CHECKER_FOLDER]. Comments may name them.
"""
import pathlib
import re
import sys

PATTERNS = {
    r"0x0?[12]00000[0-9a-f]\b": "an ABI version",
    r"\b(16777225|33554432)\b": "an ABI version",
    r"(?i)numpy\s*[<>=!~]=?\s*\d": "a version of NumPy in a requirement",
    r"(?i)(?<!rust-)numpy \d": "a version of NumPy",
    r"NPY_\d+_\d+_API_VERSION": "an API version",
    r'"[<>=!~]=?\d': "a version in a requirement",
    r'"v?[12]\.\d+(\.\d+)?"': "a version",
    r"\bslot (0|21[01])\b": "a slot of the table",
    r"=\s*21[01]\s*[;,}]": "a slot of the table",
}


def without_comments(text):
    """The code with every comment made blank; lines and texts stay."""
    token = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|//[^\n]*|/\*.*?\*/', re.S)
    return token.sub(lambda m: re.sub(r"[^\n]", " ", m[0]) if m[0].startswith("/") else m[0], text)


def problems_in(text):
    for number, line in enumerate(without_comments(text).splitlines(), 1):
        for pattern, what in PATTERNS.items():
            found = re.search(pattern, line)
            if found:
                yield number, f"{what} stands in the code: {found[0]}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "checker")
    count = files = 0
    for path in sorted(root.rglob("*")):
        if path.suffix not in (".h", ".cpp"):
            continue
        files += 1
        for number, text in problems_in(path.read_text()):
            print(f"{path}:{number}: {text}")
            count += 1
    if files == 0:
        sys.exit(f"no sources below {root}")
    print(f"{files} files, {count} problems")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
