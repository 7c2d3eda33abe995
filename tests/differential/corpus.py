"""The pinned wheels of this folder: fetched by hash into the user's cache, once."""
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]

sys.path[:0] = [str(HERE.parent / "cli"), str(ROOT / "scripts")]
from program import report  # noqa: E402,F401
from user_cache import CACHE  # noqa: E402

WHEELS = CACHE / "wheels"


def fetch(listing="wheels.tsv"):
    done = subprocess.run([sys.executable, ROOT / "scripts" / "fetch_wheels.py", HERE / listing, WHEELS], capture_output=True, text=True)
    if done.returncode:
        sys.exit("the pinned wheels could not be fetched:\n" + done.stderr)


def recorded():
    """One dictionary a wheel: {"wheel": name, "modules": {path: {numpy: [outcome, exception, cause]}}}."""
    return [json.loads(line) for line in (HERE / "recorded.jsonl").read_text().splitlines()]


def predicted(module, numpy):
    """("ok" | "fail" | "unknown" | "missing", the texts of the exceptions predicted at import)."""
    if module is None:
        return "missing", set()
    verdict = module["verdicts"][numpy]
    failing = [f for f in verdict["findings"] if f.get("when") == "import" and f["severity"] == "error"]
    texts = {f"{f['predicted_error']['type']}: {f['predicted_error']['message']}".rstrip() for f in failing}
    if verdict["verdict"] == "unknown":
        return "unknown", texts
    return ("fail" if failing else "ok"), texts
