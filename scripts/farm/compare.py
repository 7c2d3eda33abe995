"""What the program says of a module, beside the truth: every fact is right, unknown or wrong; nothing is left uncounted."""
import collections
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import tempfile

from .errors import TARGETS


@dataclasses.dataclass
class Outcome:
    right: int = 0
    unknown: list = dataclasses.field(default_factory=list)  # texts
    wrong: list = dataclasses.field(default_factory=list)
    slots: collections.Counter = dataclasses.field(default_factory=collections.Counter)  # found, missed, invented
    unread: bool = False

    def same(self, what, true, said, why_unknown=None):
        if said == true:
            self.right += 1
        elif said is None and why_unknown:
            self.unknown.append(f"{what}: {why_unknown}")
        else:
            self.wrong.append(f"{what}: true {shown(true)}, said {shown(said)}")


def shown(value):
    return hex(value) if isinstance(value, int) and not isinstance(value, bool) and value > 999 else json.dumps(value)


def batches(paths, at_once):
    """Lists in which no file name is twice."""
    waiting = list(paths)
    while waiting:
        batch = {}
        for path in waiting:
            if len(batch) < at_once:
                batch.setdefault(path.name, path)
        yield list(batch.values())
        taken = set(batch.values())
        waiting = [path for path in waiting if path not in taken]


def reports(program, paths, at_once=100, by_member=False):
    """{path: the report's module}; by_member: {path inside the wheel: ...}.

    Files are given by name alone, as where they happen to lie would be taken for packages."""
    found = {}
    for batch in batches(paths, at_once):
        with tempfile.TemporaryDirectory(prefix="abicheck-") as folder:
            for path in batch:
                pathlib.Path(folder, path.name).symlink_to(path.resolve())
            command = [str(pathlib.Path(program).resolve()), *(path.name for path in batch), "--numpy", ",".join(TARGETS), "--format", "json"]
            done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env={**os.environ, "NO_COLOR": "1"})
        if done.returncode not in (0, 1, 3):
            raise SystemExit(f"{' '.join(command[:3])} ...: status {done.returncode}\n{done.stderr[:1000]}")
        at = {path.name: str(path) for path in batch}
        for file in json.loads(done.stdout)["files"]:
            found.update({module["path"] if by_member else at[file["path"]]: module for module in file.get("modules", [])})
    return found


def compare(truth, report, slots=True):
    """slots: also the calls through the tables, and tables that nothing fills."""
    outcome = Outcome()
    if report is None:
        outcome.wrong.append("the report has no such module")
        return outcome
    by_kind = collections.defaultdict(list)
    for fact in report["facts"]:
        by_kind[fact["kind"]].append(fact)
    unread = "; ".join(fact["unknown"] for fact in by_kind["unread_check"])
    outcome.unread = bool(unread) and len(report["facts"]) == len(by_kind["unread_check"])
    for name in ("format", "arch", "bits", "generator"):
        unsaid = outcome.unread or report[name] in ("unknown", 0)
        outcome.same(name, truth[name], None if unsaid else report[name], unread or "unknown")
    imports(outcome, truth, by_kind, unread)
    size_checks(outcome, truth, by_kind, unread)
    outcome.same("own_way", truth.get("own_way"), next((fact["value"] for fact in by_kind["own_way"]), None), unread)
    if not outcome.unread:
        errors(outcome, truth, report["verdicts"])
        if slots:
            unfilled(outcome, truth, report["verdicts"], by_kind["api_slot"])
            api_slots(outcome, truth, by_kind["api_slot"])
    return outcome


def imports(outcome, truth, by_kind, unread):
    for table in ("multiarray", "umath"):
        true = next((each for each in truth["imports"] if each["table"] == table), None)
        paths = [fact for fact in by_kind["import_path"] if fact.get("table") == table]
        if true is None:
            outcome.same(f"{table} import", [], [fact["value"] for fact in paths])
            continue
        if not paths:
            outcome.same(f"{table} import", true["paths"], None, unread)
            continue
        # Copies that nothing calls may stand beside the one that is called.
        outcome.same(f"{table} import paths", true["paths"], list(dict.fromkeys(fact["value"] for fact in paths)))
        outcome.same(f"{table} attribute", true["attribute"], paths[0]["attribute"])
        said = paths[0].get("template")
        outcome.same(f"{table} template", true["template"], true["template"] if said and in_range(true["template"], said) else said)
        reached = [fact for fact in by_kind["import_reach"] if fact["table"] == table]
        reach = next((fact for fact in reached if fact["value"] != "never"), reached[0] if reached else {})
        outcome.same(f"{table} reach", true["reach"], reach.get("value"), reach.get("unknown"))
    versions(outcome, truth, by_kind, unread)


def versions(outcome, truth, by_kind, unread):
    true = next((each for each in truth["imports"] if each["table"] == "multiarray"), None)
    for kind in ("abi_version", "api_version"):
        facts = by_kind[kind]
        if true is None:
            outcome.same(kind, [], [fact["value"] for fact in facts])
            continue
        for fact in facts or [{"value": None, "unknown": unread}]:
            value = None if fact["value"] is None else int(fact["value"], 16)
            outcome.same(kind, true[kind], value, fact.get("unknown"))
    for fact in by_kind["abi_version"] if true else []:
        outcome.same("compare", true["compare"], fact["compare"], fact.get("unknown"))


def in_range(name, text):
    """Is A7 in "A6-A7"?"""
    numbers = [int(each) for each in re.findall(r"\d+", text)]
    return text[0] == name[0] and bool(numbers) and numbers[0] <= int(name[1:]) <= numbers[-1]


def size_checks(outcome, truth, by_kind, unread):
    said = {fact["type"]: fact for fact in by_kind["size_check"]}
    for true in truth["size_checks"]:
        fact = said.pop(true["type"], {"expected": None, "mode": None, "unknown": unread})
        for name in ("expected", "mode"):
            outcome.same(f"size check of {true['type']}, {name}", true[name], fact[name], fact.get("unknown"))
    for name, fact in said.items():
        outcome.same(f"size check of {name}", None, fact["expected"])


def errors(outcome, truth, verdicts):
    """Exceptions on import, as far as the truth knows them, for each NumPy asked about."""
    for target, true in truth["errors"].items():
        verdict = verdicts.get(target, {"verdict": "unknown", "findings": []})
        found = [finding for finding in verdict["findings"] if finding.get("when") == "import" and finding.get("predicted_error")]
        said = {name: found[0]["predicted_error"][name] for name in ("type", "message")} if found else None
        why = "; ".join(finding["message"] for finding in verdict["findings"]) if verdict["verdict"] == "unknown" else None
        if said is None and true is not None and why:
            outcome.unknown.append(f"error under NumPy {target}: {why}")
        else:
            outcome.same(f"error under NumPy {target}", true, said)


def unfilled(outcome, truth, verdicts, slots):
    if truth["slots"] is not None:
        outcome.same("uses of a table that nothing fills", not truth["filled"], any(fact.get("pointer") == "unfilled" for fact in slots))
    if not truth["filled"]:
        fine = [target for target, verdict in verdicts.items() if verdict["verdict"] == "compatible"]
        outcome.same("NumPys under which a table that nothing fills does no harm", [], fine)


def api_slots(outcome, truth, facts):
    """Slots that only the version tests use are neither asked for nor held against the report."""
    for table in ("multiarray", "umath"):
        if truth["slots"] is None:
            continue
        uses, own = (set(truth["slots"][table][use]) for use in ("uses", "import"))
        said = {fact["index"] for fact in facts if fact["table"] == table}
        outcome.slots.update(found=len(said & uses), missed=len(uses - said), invented=len(said - uses - own))
        for fact in facts:
            name = truth["slot_names"][table].get(str(fact["index"])) if fact["table"] == table else None
            if name:
                outcome.same(f"name of slot {fact['index']} of {table}", name, fact["name"])
        if facts and said - uses - own:
            outcome.wrong.append(f"slots of {table} that it does not use: {sorted(said - uses - own)}")
        if facts and uses - said:
            outcome.unknown.append(f"slots of {table} that are not told: {sorted(uses - said)}")
    outcome.slots.update(told=bool(facts))
