#!/usr/bin/env python3
"""Modules whose truth is known from their sources and compilers (scripts/fixture_farm.py --golden), without a compiler.

usage: test_golden.py [MACHINE...]
"""
import json
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "scripts"))

from farm.compare import compare, reports  # noqa: E402

MOST_UNKNOWN = 0.01  # of all facts
# Wrong today, each to be deleted with the change that sets it right.
KNOWN = set()


def main():
    program = os.environ.get("ABICHECK") or sys.exit("ABICHECK names the program to test")
    facts, unknown, wrong = 0, [], []
    for path in sorted((HERE.parent / "golden_farm").glob("*.json")):
        golden = json.loads(path.read_text())
        if golden["machine"] not in (sys.argv[1:] or [golden["machine"]]):
            continue
        said = reports(program, [path.with_name(golden["wheel"])], by_member=True)
        for member, truth in golden["modules"].items():
            outcome = compare(truth, said.get(member))
            facts += outcome.right + len(outcome.unknown) + len(outcome.wrong)
            wrong += [f"{golden['machine']} {member}: {text}" for text in outcome.wrong]
            unknown += [f"{golden['machine']} {member}: {text}" for text in outcome.unknown]
    known = [text for text in wrong if any(text.startswith(each + ":") for each in KNOWN)]
    wrong = [text for text in wrong if text not in known]
    print("\n".join([*(f"known {text}" for text in known), *(f"WRONG {text}" for text in wrong), *(f"unknown {text}" for text in unknown)]))
    print(f"{facts} facts, {len(wrong)} wrong, {len(known)} known to be wrong, {len(unknown)} unknown")
    return 1 if wrong or not facts or len(unknown) > MOST_UNKNOWN * facts else 0


if __name__ == "__main__":
    sys.exit(main())
