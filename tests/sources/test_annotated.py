#!/usr/bin/env python3
"""Scan every file and folder of annotated/ and compare the findings with what stands beside the lines.

A line that must be found holds "expect: NPY410" in a comment, several rules separated by spaces, optionally with the targets
for which that is so, "expect: NPY410 @2.0,2.2", and its severity: "expect: NPY410 @2.0 as warning". The first line of a file names the targets it is scanned for: "targets: 1.26, 2.0".
Nothing else may be found: a file without expectations is one that must stay silent.

"fact: needs_numpy 1.22 @2.0" names a fact by kind and value, and that it has its place in this line if it has places; the case may
have no other facts of the kinds that it names.
"""
import collections
import json
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ABICHECK = os.environ.get("ABICHECK", HERE.parents[1] / "build" / "release" / "abicheck")
EXPECT = re.compile(r"expect: ((?:NPY\d+ ?)+)(?:@([\d.,]+(?:, [\d.,]+)*) ?)?(?:as (\w+))?")
FACT = re.compile(r"fact: (\w+) ([\w.]+)(?: @([\d., ]+))?")
SUFFIXES = (".c", ".cc", ".cpp", ".h", ".hpp", ".pyx", ".pxd", ".pxi")


def files_of(case):
    return [case] if case.is_file() else sorted(p for p in case.rglob("*") if p.suffix in SUFFIXES)


def targets_of(case):
    for path in files_of(case):
        found = re.search(r"targets: ([\d., ]+)", path.read_text().split("\n", 1)[0])
        if found:
            return [target.strip() for target in found[1].split(",")]
    sys.exit(f"{case}: no file of it names targets in its first line")


def expected(case, target):
    """{(file, line, rule): its severity, None where that is not said}"""
    wanted = {}
    for path in files_of(case):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for found in EXPECT.finditer(line):
                if found[2] and target not in [t.strip() for t in found[2].split(",")]:
                    continue
                wanted |= {(path.name, number, rule): found[3] for rule in found[1].split()}
    return wanted


def expected_facts(case, target):
    """{(kind, value, file and line or None)}; a place counts only for facts that have places."""
    wanted = set()
    for path in files_of(case):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for found in FACT.finditer(line):
                if not found[3] or target in [t.strip() for t in found[3].split(",")]:
                    wanted.add((found[1], found[2], (path.name, number)))
    return wanted


def wrong_facts(case, report, target):
    wanted = expected_facts(case, target)
    kinds = {found[1] for path in files_of(case) for found in FACT.finditer(path.read_text())}
    found = set()
    for file in report["files"]:
        for source in file.get("sources", [file]):
            for fact in source["facts"]:
                places = [place.rsplit(":", 2)[:2] for place in fact.get("places", [])]
                for path, line in places or [(None, 0)]:
                    place = (pathlib.Path(path).name, int(line)) if path else None
                    found.add((fact["kind"], fact.get("value"), place))
    for kind, value, place in sorted(wanted):
        if not {(kind, value, place), (kind, value, None)} & found:
            yield f"{place[0]}:{place[1]}: the fact {kind} {value} was not found"
    for kind, value, place in sorted(found, key=str):
        if kind in kinds and not any((kind, value) == want[:2] and place in (None, want[2]) for want in wanted):
            yield f"{place or case.name}: the fact {kind} {value} was found and is not expected"


def scan(case, targets):
    # A file may say what else the compiler gets.
    first = files_of(case)[0].read_text().split("\n", 1)[0]
    flags = re.search(r"flags: (.*?)\s*(\*/)?$", first)
    command = [ABICHECK, case, "--numpy", ",".join(targets), "--format", "json"] + (["--", *flags[1].split()] if flags else [])
    done = subprocess.run(command, capture_output=True, text=True)
    if not done.stdout:
        sys.exit(f"{case}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def reports_of(case):
    """Target -> what is said for it. Facts are those of a run, which then is for one target."""
    targets = targets_of(case)
    has_facts = any(FACT.search(path.read_text()) for path in files_of(case))
    return {target: scan(case, [target]) for target in targets} if has_facts else dict.fromkeys(targets, scan(case, targets))


def found_in(report, target):
    """{(file, line, rule): severities}"""
    found = collections.defaultdict(set)
    for file in report["files"]:
        for source in file.get("sources", [file]):
            for finding in source["verdicts"][target]["findings"]:
                place = pathlib.Path(finding.get("path") or source["path"]).name, finding.get("line", 0), finding["rule"]
                found[place].add(finding["severity"])
    return found


def main():
    if not pathlib.Path(ABICHECK).with_name("abicheck-sources").exists():
        print("this build has no source scanner")
        return 77
    wrong = count = 0
    rules = set()
    for case in sorted((HERE / "annotated").iterdir()):
        if case.is_file() and case.suffix not in SUFFIXES:
            continue
        for target, report in reports_of(case).items():
            wanted, found = expected(case, target), found_in(report, target)
            facts = list(wrong_facts(case, report, target))
            count += len(expected_facts(case, target))
            wrong += len(facts)
            for what in facts:
                print(f"{case.name} for NumPy {target}: {what}")
            rules |= {rule for _, _, rule in wanted}
            count += max(1, len(wanted))
            for name, line, rule in sorted(wanted.keys() - found.keys()):
                wrong += 1
                print(f"{case.name} for NumPy {target}: {name}:{line}: {rule} was not found")
            for name, line, rule in sorted(place for place in wanted.keys() & found.keys() if wanted[place] and found[place] != {wanted[place]}):
                wrong += 1
                print(f"{case.name} for NumPy {target}: {name}:{line}: {rule} is of another severity: {', '.join(found[name, line, rule])}")
            for name, line, rule in sorted(found.keys() - wanted.keys()):
                wrong += 1
                print(f"{case.name} for NumPy {target}: {name}:{line}: {rule} was found and is not expected")
    print(f"{count} expectations of {len(rules)} rules, {wrong} wrong")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())
