#!/usr/bin/env python3
"""Uses of NumPy through pybind11, labelled by running them under NumPy 1 and 2 (scripts/pybind11_set.py --golden), without a compiler."""
import json
import os
import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "golden_pybind11"


def main():
    program = os.environ.get("ABICHECK") or sys.exit("ABICHECK names the program to test")
    golden = json.loads((FOLDER / "pybind11_x86_64.json").read_text())
    done = subprocess.run([program, FOLDER / golden["wheel"], "--numpy", "1.26,2.0,2.2", "--format", "json"], capture_output=True, text=True)
    said = {module["path"]: module for module in json.loads(done.stdout)["files"][0]["modules"]}
    wrong = []
    for name, truth in golden["modules"].items():
        verdicts = said[name]["verdicts"]
        expected = "compatible" if truth["label"] == "ok" else "incompatible"
        for numpy in ("2.0", "2.2"):
            found = verdicts[numpy]
            if found["verdict"] != expected or any(one["when"] not in ("first_use", "crash") for one in found["findings"]):
                wrong.append(f"{name} under NumPy {numpy}: {truth['label']}, said to be {found}")
        if verdicts["1.26"]["verdict"] != "compatible":
            wrong.append(f"{name} under NumPy 1.26: said to be {verdicts['1.26']}")
        crashes = any(one["rule"] == "NPY207" for one in verdicts["2.0"]["findings"])
        if crashes != (truth["label"] == "crash"):
            wrong.append(f"{name}: {truth['label']}, but NPY207 is {crashes}")
    print("\n".join(wrong))
    print(f"{len(golden['modules'])} modules, {len(wrong)} wrong")
    return 1 if wrong or len({truth["label"] for truth in golden["modules"].values()}) < 3 else 0


if __name__ == "__main__":
    sys.exit(main())
