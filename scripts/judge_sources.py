#!/usr/bin/env python3
"""Let the compiler judge what abicheck says of sources: real trees, real headers of several NumPys.

usage: judge_sources.py [NAME]... [--list LIST.tsv] [--cache DIR] [--numpy 1.19,2.0] [-j N]

Each source distribution of the list is fetched, and every unit that abicheck finds in it is read by clang -fsyntax-only against the headers
of each NumPy (out of its wheel), with the arguments that abicheck worked out. For every pair A, B of them, a line that compiles with A
and not with B must be an error in `abicheck --numpy B`, else it is missed; and an error of abicheck that says so of a line is false when
there is no such A, or B's headers compile it. Prints those lines and the totals. Exit status 1 when one is false or more than one in a hundred
missed, 77 where clang 19, NumPy's wheels or the distributions cannot be had.

A header that does not exist, often one that the project's build makes, ends clang's work at once; an empty one takes its place, so that the lines
behind it can be judged. What clang said is kept in the cache folder.

Cython sources are not clang's to judge. Of C that Cython wrote abicheck tells the line of the .pyx, and of a mistake that Cython repeats the first: there
a line is told where an error at its line of the .pyx, or one about a name that clang's message quotes, is.
"""
import collections
import concurrent.futures
import itertools
import json
import os
import posixpath
import re
import subprocess
import sys

from abi_db_proof.database import key
from source_tools.clang import CYTHON, Clang, arguments, distributions, read_arguments

JUDGES = "1.19,1.22,1.26,2.0,2.2,2.5"
OLDER = ("1.16", "1.13", "1.6")  # asked where a line compiles with none of the others
QUOTED = re.compile(r"'([^']*)'")
SOURCE_LINE = re.compile(r'\s*/\* "([^"]+)":(\d+)$')  # /* "package/module.pyx":12


def says_that_it_fails(finding):
    return finding["severity"] == "error" and finding.get("when") == "build"


class Generated:
    """C that Cython wrote."""

    def __init__(self, path):
        self.source_lines = {}  # of the C: (file's name, line) of the .pyx
        here = None
        for number, text in enumerate(path.read_text(errors="replace").split("\n"), 1):
            if match := SOURCE_LINE.match(text):
                here = (posixpath.basename(match[1]), int(match[2]))
            if here:
                self.source_lines[number] = here

    def source_line(self, line):
        return self.source_lines.get(line)


def names_in(messages):
    return {name for text in messages for name in QUOTED.findall(text)}


class Trial:
    """One source distribution."""

    def __init__(self, name, sdist, folder, options):
        self.name, self.sdist, self.options = name, sdist, options
        self.clang = Clang(folder, options)
        self.judged, self.missed, self.false, self.units, self.unknown = set(), {}, {}, 0, {}

    def hold(self):
        reports = {minor: self.scan(minor) for minor in self.options.minors}
        units = {source["path"]: source["arguments"] for source in next(iter(reports.values()))["sources"] if not source["path"].endswith(CYTHON)}
        self.units = len(units)
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            asked = [(unit, minor) for unit in units for minor in self.options.minors]
            said = dict(zip(asked, pool.map(lambda each: self.clang.error_lines(each[0], units[each[0]], each[1]), asked)))
        for minor, report in reports.items():
            for source in report["sources"]:
                if source["path"] in units:
                    self.judge(source, units[source["path"]], minor, said)

    def scan(self, minor):
        command = [str(self.options.abicheck), str(self.sdist), "--numpy", minor, "-f", "json", "-vv", "-j", str(self.options.jobs)]
        done = subprocess.run(command, capture_output=True, text=True)
        if not done.stdout:
            sys.exit(f"judge_sources: {self.name}: {done.stderr.strip()}")
        return json.loads(done.stdout)["files"][0]

    def judge(self, source, arguments, minor, said):
        unit, findings = source["path"], source["verdicts"][minor]["findings"]
        if source["verdicts"][minor]["verdict"] == "unknown":
            self.unknown.setdefault(unit, next((f["message"] for f in findings if f["rule"] == "NPY905"), ""))
        generated = Generated(self.clang.folder / unit) if source["generator"] else None
        place = lambda finding: (posixpath.normpath(finding.get("path") or unit), finding.get("line", 0))
        errors = [finding for finding in findings if finding["severity"] == "error"]
        here = said[unit, minor]
        told = {place(finding) for finding in errors}
        if generated:
            names = {(finding.get("symbol") or "").rsplit(".", 1)[-1] for finding in errors if place(finding)[0] == unit}
            told |= {line for line in here if generated.source_line(line[1]) in {(posixpath.basename(file), number) for file, number in told}}
            told |= {line for line in here if line[0] == unit and names & names_in(here[line])}
        for other in self.options.minors:
            for line in here.keys() - said[unit, other].keys():
                self.judged.add((*line, other, minor))
                if line not in told:
                    self.missed.setdefault((*line, minor), set()).add(other)
        for finding in filter(says_that_it_fails, findings):
            line = place(finding)
            lines = {line}
            if line[0].endswith(CYTHON):
                if finding["rule"].startswith("NPY46") or (finding.get("symbol") or "").startswith("numpy."):
                    continue  # Cython's to judge
                lines = {one for one in here if generated.source_line(one[1]) == (posixpath.basename(line[0]), line[1])}
            others = [said[unit, other] for other in self.options.minors]
            older = (self.clang.error_lines(unit, arguments, other) for other in OLDER)
            fails = lines & here.keys()
            if not fails or not any(fails - each.keys() for each in itertools.chain(others, older)):
                why = "compiles" if not fails else "compiles with no NumPy"
                self.false[(*line, minor)] = f"{why}: {finding['rule']} {finding['message']}"

    def count_missed(self):
        return sum(len(others) for others in self.missed.values())

    def text_of(self, file, line):
        path = self.clang.folder / file
        lines = path.read_text(errors="replace").split("\n") if path.is_file() else []
        return lines[line - 1].strip()[:100] if 0 < line <= len(lines) else ""

    def print(self):
        print(f"{self.name}: {self.units} units, {len(self.judged)} lines, {self.count_missed()} missed, {len(self.false)} false, {len(self.unknown)} units not read in full", flush=True)
        for (file, line, minor), others in sorted(self.missed.items()):
            print(f"  missed for {minor} (compiles with {', '.join(sorted(others, key=key))}): {file}:{line}: {self.text_of(file, line)}")
        for (file, line, minor), why in sorted(self.false.items()):
            print(f"  false for {minor}: {file}:{line}: {why}\n    {self.text_of(file, line)}")
        if self.options.verbose:
            for unit, why in sorted(self.unknown.items()):
                print(f"  not read in full: {unit}: {why}")
        sys.stdout.flush()


def main():
    parser = arguments(__doc__, "judge_sources.tsv", JUDGES)
    parser.add_argument("-j", "--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("-v", "--verbose", action="store_true", help="also the units that could not be read in full")
    options = read_arguments(parser, OLDER)
    totals = collections.Counter()
    for name, sdist, folder in distributions(options):
        trial = Trial(name, sdist, folder, options)
        trial.hold()
        trial.print()
        totals.update(trees=1, units=trial.units, lines=len(trial.judged), missed=trial.count_missed(), false=len(trial.false), unknown=len(trial.unknown))
    print(f"{totals['trees']} trees, {totals['units']} units: {totals['lines']} lines fail with one NumPy and not with another; "
          f"{totals['missed']} missed ({100 * totals['missed'] / max(1, totals['lines']):.2f} %), {totals['false']} false; {totals['unknown']} units not read in full")
    if options.problems or not totals["lines"]:
        return 77
    return 1 if totals["false"] or totals["missed"] * 100 > totals["lines"] else 0


if __name__ == "__main__":
    sys.exit(main())
