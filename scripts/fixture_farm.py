#!/usr/bin/env python3
"""The proof with labels: compile small modules against the headers of every NumPy, and compare what abicheck says with what is known.

usage: fixture_farm.py [--abicheck PROGRAM] [--machine NAME]... [--source NAME]... [--sample N] [--seed S] [--full] [-j N]
       fixture_farm.py --one CONFIG          build one module and show its truth (as a disagreement names it)
       fixture_farm.py --golden DIR          write modules and truths that need no compiler

What is true of a module comes from its source and from the compiler that made it: sizes and versions out of a probe that is
compiled with the same options for the same machine, slots out of an object in which each is a symbol (farm/headers.py). Headers
are fetched as prove_abi_db.py does, modules are kept in the cache. Exit status 1 when anything that abicheck says is wrong.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import sys

from farm import CACHE, ROOT, NotBuilt, design, golden, machines
from farm.build import Config, Farm
from farm.compare import compare, reports
from farm.headers import Store
from farm.running import Runner
from farm.sources import BY_NAME


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--abicheck", default=os.environ.get("ABICHECK", ROOT / "build/release/abicheck"))
    parser.add_argument("--machine", action="append", choices=machines.BY_NAME, metavar="NAME", help=", ".join(machines.BY_NAME))
    parser.add_argument("--source", action="append", choices=BY_NAME, metavar="NAME", help=", ".join(BY_NAME))
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="N more of the full product")
    parser.add_argument("--only-sample", action="store_true", help="leave the covering design out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--full", action="store_true", help="the full product (hundreds of thousands)")
    parser.add_argument("--built", action="store_true", help="of all these only what the cache has")
    parser.add_argument("--one", metavar="CONFIG")
    parser.add_argument("--run", action="store_true", help="also import the modules of this machine, and compare the truth with what happens")
    parser.add_argument("--golden", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--keep", type=pathlib.Path, metavar="DIR", help="copy the modules there, by machine, each with its truth")
    parser.add_argument("--cache", type=pathlib.Path, default=CACHE)
    parser.add_argument("--limit", type=int, default=100, help="disagreements shown")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count())
    return parser.parse_args()


def build_all(farm, configs, jobs):
    """[(config, path, truth)] and {what went wrong: configs}."""
    built, refused = [], collections.defaultdict(list)

    def one(config):
        try:
            return config, *farm.build(config)
        except NotBuilt as problem:
            return config, None, str(problem)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for count, (config, path, truth) in enumerate(pool.map(one, configs), 1):
            if path is None:
                refused[next((line for line in truth.splitlines() if "error" in line), truth[:200])].append(config)
            else:
                built.append((config, path, truth))
            if sys.stderr.isatty():
                print(f"\r{count}/{len(configs)} {config.as_option():60.60}", end="\n" if count == len(configs) else "", file=sys.stderr)
    return built, refused


def keep(built, folder):
    truths = collections.defaultdict(dict)
    for config, path, truth in built:
        place = folder / config.machine
        place.mkdir(parents=True, exist_ok=True)
        (place / path.name).write_bytes(path.read_bytes())
        truths[config.machine][path.name] = truth
    for machine, found in truths.items():
        (folder / machine / "truth.json").write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")


def groups(config):
    return f"machine {config.machine}", f"compiler {config.family}", f"level {config.level}", f"source {config.source}", "all"


def tabulate(outcomes):
    """Figures by machine, compiler, level and source."""
    table = collections.defaultdict(collections.Counter)
    for config, outcome in outcomes:
        for group in groups(config):
            table[group].update(modules=1, unread=outcome.unread, right=outcome.right, unknown=len(outcome.unknown), wrong=len(outcome.wrong))
            if outcome.slots["told"]:
                table[group].update({name: outcome.slots[name] for name in ("found", "missed", "invented")})
    print(f"{'':28}{'modules':>8}{'unread':>8}{'facts':>8}{'wrong':>7}{'unknown':>9}{'slots: recall':>15}{'precision':>11}")
    for group in sorted(table, key=lambda name: (name == "all", name)):
        row = table[group]
        facts = row["right"] + row["wrong"] + row["unknown"]
        share = lambda part, whole: f"{100 * part / whole:.2f} %" if whole else "-"
        print(f"{group:28}{row['modules']:8}{row['unread']:8}{facts:8}{row['wrong']:7}{share(row['unknown'], facts):>9}"
              f"{share(row['found'], row['found'] + row['missed']):>15}{share(row['found'], row['found'] + row['invented']):>11}")
    return table["all"]


def disagreements(outcomes, limit):
    by_text = collections.defaultdict(list)
    for config, outcome in outcomes:
        for text in outcome.wrong:
            by_text["WRONG  ", text].append(config)
        for text in outcome.unknown if not outcome.unread else ():
            by_text["unknown", text].append(config)
    for (kind, text), configs in sorted(by_text.items(), key=lambda item: (item[0][0] != "WRONG  ", -len(item[1])))[:limit]:
        print(f"{kind} {len(configs):5} {text}\n              fixture_farm.py --one '{configs[0].as_option()}'")


def run_all(store, built):
    """How many imports went otherwise than the truth says; a mistake of the farm."""
    runner, count, wrong = Runner(store), 0, 0
    for config, path, truth in built:
        texts, imports = runner.disagreements(path, truth)
        count, wrong = count + imports, wrong + len(texts)
        print("".join(f"UNTRUE {config.as_option()}: {text}\n" for text in texts), end="")
    print(f"{count} imports by real Pythons, {wrong} otherwise than the truth says")
    return wrong


def main():
    options = arguments()
    farm = Farm(Store(options.cache))
    if options.one:
        configs = [Config.of_option(options.one)]
    elif options.golden:
        return golden.write(farm, options.golden)
    else:
        configs = design.design(farm.store, options.source or list(BY_NAME), options.machine or [m.name for m in machines.MACHINES if m.here()], options)
    if options.built:
        configs = [config for config in configs if farm.has(config)]
    built, refused = build_all(farm, configs, options.jobs)
    for _, path, truth in built if options.one else ():
        print(json.dumps(truth, indent=1), path, sep="\n")
    if options.keep:
        keep(built, options.keep)
    untrue = run_all(farm.store, built) if options.run else 0
    said = reports(options.abicheck, [path for _, path, _ in built])
    outcomes = [(config, compare(truth, said.get(str(path)))) for config, path, truth in built]
    total = tabulate(outcomes)
    disagreements(outcomes, options.limit)
    for text, which in refused.items():
        print(f"not built: {len(which):5} {text}\n              fixture_farm.py --one '{which[0].as_option()}'")
    return 1 if total["wrong"] or untrue else 0


if __name__ == "__main__":
    sys.exit(main())
