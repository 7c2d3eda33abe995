#!/usr/bin/env python3
"""Modules of every use of NumPy through pybind11, labelled by running them, against what abicheck says of them.

usage: pybind11_set.py --numpy PYTHON --numpy PYTHON [--pybind11 VERSION]... [--compiler "g++ -O2"]... [--use REGEX]
                       [--eigen DIR] [--abicheck PROGRAM]
       pybind11_set.py --numpy PYTHON --numpy PYTHON --golden DIR    write the few that tests/golden_pybind11 keeps

The first --numpy is an interpreter whose NumPy (1.x) is the measure; under each of the others a use is "ok" when it gives the same,
else "wrong", "exception" or "crash". All must be of one Python, whose headers the first names. pybind11 is fetched with pip.
Exit status 1 when abicheck calls one that is bad compatible, or one that is ok incompatible.
"""
import argparse
import itertools
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

from farm import CACHE, ROOT, NotBuilt, golden, run
from farm.pybind11_uses import PRELUDE, USES

# With --golden: uses whose answers differ although all of them hold a read, and the forms that compilers give it.
GOLDEN = [("t_count", "2.11.2", "g++ -O2"), ("t_count_c1", "2.11.2", "g++ -O2"), ("t_shape2", "2.11.2", "g++ -O2"), ("t_strides", "2.11.2", "g++ -O2"),
          ("a_bufinfo", "2.11.2", "g++ -O2"), ("arr_itemsize", "2.11.2", "g++ -O2"), ("has_fields", "2.11.2", "g++ -O2"), ("eig_arg", "2.11.2", "g++ -O2"),
          ("vectorize", "2.11.2", "g++ -O2"), ("dtype_ref_itemsize", "2.11.2", "clang++ -O2"), ("dtype_arg_itemsize", "2.11.2", "clang++ -O2"),
          ("arr_default", "2.11.2", "clang++ -O2"), ("t_count_data", "2.11.2", "g++ -Os"), ("eig_ret", "2.9.2", "g++ -O2"), ("a_dt_count", "2.9.2", "g++ -O2"),
          ("t_count", "2.12.1", "g++ -O2")]
FLAGS = "-std=c++17 -w -fPIC -shared -fvisibility=hidden -DNDEBUG -s".split()
RUN = """
import importlib.util, sys, warnings
warnings.simplefilter("ignore")
import numpy as np
def show(x):
    if isinstance(x, tuple): return [show(y) for y in x]
    if isinstance(x, np.ndarray): return (str(x.dtype), x.shape, x.tolist(), [s for s, n in zip(x.strides, x.shape) if n > 1])
    return getattr(x, "item", lambda: x)() if isinstance(x, np.generic) else repr(x)
spec = importlib.util.spec_from_file_location("u", sys.argv[1])
try:
    u = importlib.util.module_from_spec(spec); spec.loader.exec_module(u)
    print("RESULT", show(eval(sys.argv[2])))
except Exception as error: print("RESULT exception", type(error).__name__)
"""


def headers(version):
    """The include folder of one pybind11."""
    folder = CACHE / f"pybind11-{version}"
    if not folder.exists():
        with tempfile.TemporaryDirectory() as place:
            run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", place, f"pybind11=={version}"])
            zipfile.ZipFile(next(pathlib.Path(place).glob("*.whl"))).extractall(folder)
    return folder / "pybind11/include"


def build(use, version, compiler, python, eigen):
    name = f"{use}__{version}_{re.sub('[^a-z0-9A-Z]', '', compiler.replace('++', ''))}.so"
    out = CACHE / "pybind11" / name
    if not out.exists():
        out.parent.mkdir(parents=True, exist_ok=True)
        source = out.with_suffix(".cpp")
        source.write_text(f"{PRELUDE}\n{USES[use][0]}\nPYBIND11_MODULE(u,m){{{USES[use][1]}}}\n")
        include = run([python, "-c", "import sysconfig; print(sysconfig.get_path('include'))"]).strip()
        run([*compiler.split(), *FLAGS, f"-I{headers(version)}", f"-I{include}", f"-I{eigen}", source, "-o", out])
    return out


def result(python, module, expression):
    done = subprocess.run([python, "-c", RUN, module, expression], capture_output=True, text=True)
    found = re.search(r"RESULT (.*)", done.stdout, re.S)
    return re.sub(r"0x[0-9a-f]+", "", found[1].strip()) if found and done.returncode == 0 else "crash"


def label(use, module, pythons):
    first, *others = (result(python, module, USES[use][2]) for python in pythons)
    bad = [r for r in others if r != first]
    return "ok" if not bad else "crash" if "crash" in bad else "exception" if bad[0].startswith("exception") else "wrong"


def verdicts(program, modules):
    done = subprocess.run([program, *modules, "--numpy", "2.0", "--format", "json"], capture_output=True, text=True)
    return {pathlib.Path(f["path"]).name: f["modules"][0]["verdicts"]["2.0"]["verdict"] for f in json.loads(done.stdout)["files"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--numpy", action="append", required=True, metavar="PYTHON")
    parser.add_argument("--pybind11", action="append", metavar="VERSION")
    parser.add_argument("--compiler", action="append")
    parser.add_argument("--use", default="")
    parser.add_argument("--eigen", default="/usr/include/eigen3")
    parser.add_argument("--abicheck", default=os.environ.get("ABICHECK", ROOT / "build/release/abicheck"))
    parser.add_argument("--golden", type=pathlib.Path, metavar="DIR")
    options = parser.parse_args()
    labels = {}
    asked = itertools.product(USES, options.pybind11 or ["2.11.2"], options.compiler or ["g++ -O2"])
    for use, version, compiler in GOLDEN if options.golden else asked:
        oldest = USES[use][3] if len(USES[use]) > 3 else (2, 0)
        if not re.search(options.use, use) or tuple(map(int, version.split(".")[:2])) < oldest:
            continue
        try:
            module = build(use, version, compiler, options.numpy[0], options.eigen)
        except NotBuilt as why:
            print(f"not built: {use} {version} {compiler}: {str(why)[-200:]}")
            continue
        labels[module] = {"label": label(use, module, options.numpy), "use": use, "pybind11": version, "compiler": compiler}
    said = verdicts(options.abicheck, list(labels))
    false = 0
    for module, truth in labels.items():
        wrong = said[module.name] == ("incompatible" if truth["label"] == "ok" else "compatible")
        false += wrong
        if wrong or said[module.name] == "unknown":
            print(f"{'WRONG' if wrong else 'unknown'} {module.name}: {truth['label']}, said to be {said[module.name]}")
    print(f"{len(labels)} modules, {false} wrong")
    if options.golden:
        path = options.golden / "pybind11_x86_64-1-py3-none-linux_x86_64.whl"
        golden.wheel(path, {module.name: module.read_bytes() for module in labels})
        truths = {module.name: truth for module, truth in labels.items()}
        path.with_name("pybind11_x86_64.json").write_text(json.dumps({"wheel": path.name, "modules": truths}, indent=1) + "\n")
    return 1 if false else 0


if __name__ == "__main__":
    sys.exit(main())
