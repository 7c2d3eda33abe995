#!/usr/bin/env python3
"""Use modules under several NumPys, each call in a process of its own, and compare with what abicheck says of them.

usage: probe_use.py --abicheck PROGRAM [--probes FILE] [--numpy 1.26,2.0,2.3,2.4] [--cache DIR] [--only NAME] [--json OUT]

FILE lists modules: a source that is compiled here, or a wheel from pip's index, and a piece of Python that uses it and says what came
of it. The first NumPy under which that works sets what is right. Exit status 1: abicheck says otherwise; 77: nothing could be run.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from abi_db_proof.numpys import fetch, include_of, platform_tags, pythons_here, unpacked  # noqa: E402
from abi_db_proof.database import Database  # noqa: E402
from farm.generators import installed  # noqa: E402
from user_cache import CACHE  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[1]
RUN = """
import json, sys, warnings
warnings.simplefilter("ignore")
stage = "import"
def say(*what): print("SAID " + json.dumps(["ok", str(what)])); sys.stdout.flush()
try:
    exec(compile(sys.argv[1].split(";")[0], "import", "exec"))
    stage = "first_use"
    exec(compile(sys.argv[1], "use", "exec"))
except BaseException as problem:
    print("SAID " + json.dumps([stage, type(problem).__name__ + ": " + str(problem)]))
"""
# What abicheck may say of what happened: of a process that dies while the module is loaded, "import" too. A warning is allowed where the probe says that it cannot be decided.
RIGHT = {"ok": {"ok"}, "import": {"import"}, "first_use": {"first_use"}, "wrong": {"first_use"}, "crash": {"crash", "import"}}


class Prober:
    def __init__(self, options):
        self.options, self.cache = options, options.cache
        self.database = Database(ROOT / "abi_db")
        self.pythons = {python.version: python for python in pythons_here([])}

    def numpy(self, minor, python):
        """The newest release of a minor for a Python, unpacked; None when there is none."""
        release = next(entry["releases"][-1]["version"] for entry in self.database.minors if entry["minor"] == minor)
        folder = self.cache / "running" / f"{release}-{python.abi}"
        if not folder.exists():
            wheel = fetch(release, python.version, [python.abi], platform_tags(), self.cache / "wheels")
            if wheel is None:
                return release, None
            unpacked(wheel, folder.with_suffix(".partial")).rename(folder)
        return release, folder

    def headers(self, minor):
        """Any wheel's: what differs between Pythons is not in them."""
        for python in sorted(self.pythons.values(), key=lambda it: [int(n) for n in it.version.split(".")], reverse=True):
            folder = self.numpy(minor, python)[1]
            if folder is not None:
                return include_of(folder)
        raise LookupError(f"no headers of NumPy {minor}")

    def compiled(self, probe, python, folder):
        source = ROOT / "tests/differential/probes" / probe["source"]
        command = ["g++" if source.suffix == ".cpp" else "gcc", "-shared", "-fPIC", "-O2", "-w", f"-I{python.include}", *probe.get("flags", [])]
        if "headers" in probe:
            command.append(f"-I{self.headers(probe['headers'])}")
        if "pybind11" in probe:
            command += ["-fvisibility=hidden", f"-I{installed(self.cache, 'pybind11', probe['pybind11']) / 'pybind11/include'}"]
        built = folder / (probe["name"] + ".so")
        subprocess.run([*command, str(source), "-o", str(built)], check=True)
        return built, folder

    def downloaded(self, probe, python, folder):
        name, _, version = probe["wheel"].partition("==")
        store = self.cache / "probed" / f"{name}-{version}-{python.tag}"
        if not list(store.glob("*.whl")):
            command = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:", "-d", str(store),
                       "--python-version", python.version, "--implementation", "cp", "--abi", python.abi, "--abi", "abi3", "--abi", "none"]
            command += [word for tag in platform_tags() for word in ("--platform", tag)]
            subprocess.run([*command, probe["wheel"]], check=True)
        wheel = next(store.glob("*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
        return wheel, folder / probe.get("path", "")

    def really(self, probe, python, folder, numpy):
        environment = {"PYTHONPATH": os.pathsep.join([str(folder), str(numpy)]), "PATH": os.environ.get("PATH", "")}
        done = subprocess.run([python.path, "-c", RUN, probe["use"]], capture_output=True, text=True, env=environment, timeout=120)
        said = [line[5:] for line in done.stdout.splitlines() if line.startswith("SAID ")]
        if done.returncode < 0:
            return ["crash", f"signal {-done.returncode}"]
        return json.loads(said[-1]) if said else ["import", done.stderr.strip()[-200:]]

    def verdicts(self, path, releases):
        done = subprocess.run([self.options.abicheck, str(path), "--numpy", ",".join(releases), "--format", "json"], capture_output=True, text=True)
        return {release: self.answer(json.loads(done.stdout)["files"][0], release) for release in releases}

    @staticmethod
    def answer(file, release):
        """("ok" | "import" | "first_use" | "crash" | "unknown", texts of the exceptions predicted), over all modules."""
        found = [finding for module in file["modules"] for finding in module["verdicts"][release]["findings"]]
        whens = [finding["when"] for finding in found if "when" in finding]
        texts = {f"{f['predicted_error']['type']}: {f['predicted_error']['message']}".strip() for f in found if "predicted_error" in f}
        for when in ("import", "crash", "first_use"):
            if when in whens:
                return when, texts
        return ("unknown" if found else "ok"), texts

    def run(self, probe):
        python = self.pythons[probe.get("python", "3.11")]
        rows, right = [], None
        with tempfile.TemporaryDirectory() as name:
            make = self.compiled if "source" in probe else self.downloaded
            path, folder = make(probe, python, pathlib.Path(name))
            numpys = [(minor, *self.numpy(minor, python)) for minor in self.options.numpy]
            said = self.verdicts(path, [release for _, release, found in numpys if found])
            for minor, release, numpy in numpys:
                if numpy is None:
                    continue
                outcome, text = self.really(probe, python, folder, numpy)
                if outcome == "ok":
                    right = right or text
                    outcome = "ok" if text == right else "wrong"
                answer, texts = said[release]
                agrees = answer in RIGHT[outcome] or (answer == "unknown" and probe.get("undecided", False))
                exact = text.strip() in texts if outcome in ("import", "first_use") else None
                rows.append({"probe": probe["name"], "what": probe["what"], "numpy": release, "really": outcome, "text": text[:160],
                             "abicheck": answer, "agrees": agrees, "exact": exact})
        return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--abicheck", required=True)
    parser.add_argument("--probes", type=pathlib.Path, default=ROOT / "tests/differential/probes/probes.json")
    parser.add_argument("--numpy", type=lambda text: text.split(","), default=["1.26", "2.0", "2.3", "2.4"])
    parser.add_argument("--cache", type=pathlib.Path, default=CACHE / "farm")
    parser.add_argument("--only")
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    prober, rows, failed = Prober(options), [], False
    for probe in json.loads(options.probes.read_text()):
        if options.only and options.only != probe["name"]:
            continue
        if probe.get("python", "3.11") not in prober.pythons:
            print(f"no Python {probe.get('python', '3.11')} for {probe['name']}", file=sys.stderr)
            continue
        for row in prober.run(probe):
            rows.append(row)
            failed |= not row["agrees"]
            mark = "" if row["agrees"] else "  <-- OTHERWISE"
            exact = {True: " (its text)", False: " (other text)", None: ""}[row["exact"]]
            print(f"{row['probe']:20} {row['what']:52} {row['numpy']:7} {row['really']:9} abicheck: {row['abicheck']}{exact}{mark}   {row['text'][:90]}")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")
    return 77 if not rows else 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
