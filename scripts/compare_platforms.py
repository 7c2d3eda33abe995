#!/usr/bin/env python3
"""Compare what abicheck says of one release's builds for different platforms: they come from the same sources, so each
must have the facts and verdicts of the release's Linux x86-64 build, or a difference that the platform explains.

usage: compare_platforms.py [options] FOLDER|WHEEL...
Wheels are grouped by name and version. Each is compared, module by module, with the x86-64 build of the same Python, or
else of the nearest. What explains a difference, and how it is proven, stands in platform_tools/comparison.py.
Exit status: 1 when a module differs without an explanation, 3 when nothing could be compared, else 0.
"""
import argparse
import collections
import functools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

from platform_tools import comparison, headers, wheels

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = os.environ.get("ABICHECK", str(ROOT / "build" / "release" / "abicheck"))
NUMPY = "1.16,1.19,1.22,1.26,2.0,2.2,2.5"
BATCH = 100


def wheels_in(paths):
    """Each wheel once, whichever folder has it."""
    found = {}
    for path in map(pathlib.Path, paths):
        for file in sorted(path.rglob("*.whl")) if path.is_dir() else [path]:
            if (wheel := wheels.read_name(file)) is not None:
                found.setdefault(file.name, wheel)
    return list(found.values())


def scan(program, numpy, batch):
    """The program's report on these wheels: path -> its element of `files`."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as listing:
        listing.write("".join(wheel.path + "\n" for wheel in batch))
        listing.flush()
        done = subprocess.run([program, "@" + listing.name, "--numpy", numpy, "--format", "json"], capture_output=True, text=True)
    if done.returncode not in (0, 1, 3):
        sys.exit(f"{program} ended with {done.returncode}:\n{done.stderr}")
    return {file["path"]: file for file in json.loads(done.stdout)["files"]}


def pairs(found):
    """(x86-64 build, other build) of each release; wheels without an x86-64 build are told on standard error."""
    releases = collections.defaultdict(list)
    for wheel in found:
        releases[wheel.release].append(wheel)
    for release in sorted(releases):
        references = [wheel for wheel in releases[release] if wheel.platform == wheels.REFERENCE]
        others = sorted((wheel for wheel in releases[release] if wheel.platform != wheels.REFERENCE), key=lambda wheel: (wheel.platform, wheel.path))
        if others and not references:
            print(f"{' '.join(release)}: no {wheels.REFERENCE} build to compare with", file=sys.stderr)
        for other in others if references else []:
            yield wheels.nearest(other, references), other


def modules_of(report):
    """name -> the module's elements; several when a file has code for several machines. One of them may be empty: the
    linker's stub for a machine that the compiler left out."""
    found = collections.defaultdict(list)
    for module in report["modules"] if report else []:
        if (name := wheels.module_name(module["path"])) is not None:
            found[name].append(module)
    for name, slices in found.items():
        if len(slices) > 1:
            found[name] = [one for one in slices if one["python_module"] or one["facts"]] or slices
    return found


def content_of(wheel, module):
    def read():
        with zipfile.ZipFile(wheel.path) as archive:
            return archive.read(module["path"])
    return functools.cache(read)


def compare(database, reference, wheel, reports):
    """A dictionary for each module of either build."""
    there, here = modules_of(reports.get(reference.path)), modules_of(reports.get(wheel.path))

    def builds(name, module):
        return [{"wheel": build, "module": found, "content": content_of(build, found)}
                for build, found in ((reference, there[name][0]), (wheel, module))]
    both = [(name, module) for name in sorted({*there} & {*here}) for module in here[name]]
    proofs = [proof for name, module in both if (proof := comparison.Comparison(database, *builds(name, module)).proof_of_headers())]
    for name in sorted({*there, *here}):
        common = {"release": " ".join(wheel.release), "platform": wheel.platform, "module": name,
                  "there": os.path.basename(reference.path), "here": os.path.basename(wheel.path)}
        if name not in there or name not in here:
            if any(module["python_module"] and module["uses_numpy"] for module in [*there[name], *here[name]]):
                yield {**common, "outcome": "alone", "differences": [], "only": "there" if name in there else "here"}
            continue
        for module in here[name]:
            outcome, differences = comparison.Comparison(database, *builds(name, module), proofs).result()
            yield {**common, "arch": module["arch"], "outcome": outcome, "differences": [difference._asdict() for difference in differences],
                   "facts": {"there": comparison.summary(there[name][0]), "here": comparison.summary(module)}}


def counted(results):
    """platform -> outcome -> modules, and platform -> reason -> modules."""
    outcomes, reasons = collections.defaultdict(collections.Counter), collections.defaultdict(collections.Counter)
    for result in results:
        outcomes[result["platform"]][result["outcome"]] += 1
        if result["outcome"] == "explained":
            reasons[result["platform"]].update({difference["reason"] for difference in result["differences"]})
    return outcomes, reasons


def write_text(results, listed):
    outcomes, reasons = counted(results)
    columns = (*comparison.OUTCOMES, "alone")
    print(f"{'platform':18}{'modules':>9}" + "".join(f"{column:>11}" for column in columns))
    for platform in sorted(outcomes):
        counts = outcomes[platform]
        print(f"{platform:18}{sum(counts.values()) - counts['alone']:9}" + "".join(f"{counts[column]:11}" for column in columns))
    for platform in sorted(reasons):
        for reason, count in reasons[platform].most_common():
            print(f"{platform}: {count} explained: {reason}")
    for result in results:
        if result["outcome"] in listed:
            print(f"\n{result['outcome']}: {result['release']} {result['module']} {result['platform']}")
            print(f"  there {result['there']}\n  here  {result['here']}")
            for difference in result["differences"]:
                reason = f" ({difference['reason']})" if difference["reason"] else ""
                print(f"    {difference['what']}: {difference['there']} | {difference['here']}{reason}")
            for side, facts in result.get("facts", {}).items():
                print(f"    facts {side}: {facts}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--abicheck", default=PROGRAM, help="the program; default: $ABICHECK or the release build")
    arguments.add_argument("--numpy", default=NUMPY, help="default: " + NUMPY)
    arguments.add_argument("--db", type=pathlib.Path, default=ROOT / "abi_db", help="the database that explains sizes")
    arguments.add_argument("--platform", action="append", help="only builds for this one, such as win_amd64; repeatable")
    arguments.add_argument("--list", default="different,unknown", help="the outcomes whose modules are listed; default: different,unknown")
    arguments.add_argument("--json", action="store_true", help="print every comparison as JSON")
    arguments.add_argument("paths", nargs="+")
    options = arguments.parse_args()
    compared = [pair for pair in pairs(wheels_in(options.paths)) if not options.platform or pair[1].platform in options.platform]
    needed = sorted({wheel for pair in compared for wheel in pair})
    reports = {}
    for start in range(0, len(needed), BATCH):
        reports.update(scan(options.abicheck, options.numpy, needed[start:start + BATCH]))
    database = headers.Headers(options.db)
    results = [result for pair in compared for result in compare(database, *pair, reports)]
    if options.json:
        json.dump({"outcomes": counted(results)[0], "reasons": counted(results)[1], "comparisons": results}, sys.stdout, indent=1)
    else:
        write_text(results, options.list.split(","))
    if not results:
        sys.exit(3)
    sys.exit(any(result["outcome"] == "different" for result in results))


if __name__ == "__main__":
    main()
