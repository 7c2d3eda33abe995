"""One table out of the tables of all releases: since when, until when."""
from . import Changed
from .artefacts import minor_of
from .overlay import raised_by


def slot_rows(per_release, guards, reviewed):
    """Rows of one table for slots.json.

    per_release: {release: {index: (name, kind, signature)}} in order; guards: {name: min_target} in the newest release.
    """
    releases = list(per_release)
    rows = []
    for index in sorted({index for slots in per_release.values() for index in slots}):
        current = None
        for release in releases:
            now = per_release[release].get(index)
            if current is not None and now == (current["name"], current["kind"], current["signature"]):
                continue
            if current is not None:
                same = now is not None and now[0] == current["name"]
                current["changed" if same else "removed"] = release
            current = None
            if now is not None:
                current = {"index": index, "name": now[0], "kind": now[1], "signature": now[2], "since": release}
                rows.append(current)
    for row in rows:
        row.update(reviewed_facts(row["name"], reviewed, releases))
        if row["name"] in reviewed["slots"]:
            entry = reviewed["slots"][row["name"]]
            row["disabled"] = first_release(entry["disabled"], releases)
            row["raises"] = ": ".join(raised_by(entry["source"]["text"]))
        if "removed" not in row and row["name"] in guards:
            row["min_target"] = guards[row["name"]]
    return [dict(sorted(row.items(), key=lambda item: SLOT_KEYS.index(item[0]))) for row in rows]


SLOT_KEYS = ["index", "name", "kind", "signature", "since", "changed", "deprecated", "disabled", "raises", "removed", "min_target", "replacement"]


def first_release(minor, releases):
    """The release that begins a minor; of one that this database does not have, the oldest release after it."""
    return next((r for r in releases if minor_of(r) == minor), releases[0])


def reviewed_facts(name, reviewed, releases):
    facts = {}
    entry = reviewed["names"].get(name, {})
    if "deprecated" in entry:
        facts["deprecated"] = first_release(entry["deprecated"], releases)
    if "replacement" in entry:
        facts["replacement"] = entry["replacement"]
    return facts


NAME_KEYS = ["kind", "header", "type", "value", "since", "absent", "deprecated", "removed", "replacement", "min_target", "min_target_since", "max_target",
             "no_deprecated_api", "no_deprecated_api_since", "earlier"]
DECLARATION = ("kind", "header", "type", "value")


def earlier_declarations(facts):
    """[{"until": release, how a name was declared before}], out of {release: its facts} in order."""
    declared = {release: {key: row[key] for key in DECLARATION if key in row} for release, row in facts.items()}
    releases = list(declared)
    return [{"until": now, **declared[before]} for before, now in zip(releases, releases[1:]) if declared[before] != declared[now]]


def without_type(facts):
    """{release: facts of a name}, with its type only if that is not the same in all."""
    if len({row.get("type") for row in facts.values()}) > 1:
        return facts
    return {release: {key: value for key, value in row.items() if key != "type"} for release, row in facts.items()}


def condition_since(name, key, values):
    """The release from which a condition on a name holds, when it does not hold from the first release that could have it.

    values: {release: value or None} of the releases in question, in order.
    """
    changes = [release for release, value, before in zip(list(values)[1:], list(values.values())[1:], values.values()) if value != before]
    if not changes:
        return None
    if len(changes) > 1 or list(values.values())[0] is not None:
        raise Changed(f"{name} had more than one {key} through the releases")
    return changes[0]


def name_rows(per_release, reviewed):
    """names.json out of {release: {name: facts}}, in order; each name has the facts of the newest release that has it."""
    releases = list(per_release)
    conditions = {key: [r for r in releases if any(key in facts for facts in per_release[r].values())] for key in ("min_target", "no_deprecated_api")}
    rows = {}
    for name in sorted({name for names in per_release.values() for name in names}):
        present = [release for release in releases if name in per_release[release]]
        facts = without_type({release: per_release[release][name] for release in present})
        row = {**facts[present[-1]], "since": present[0], **reviewed_facts(name, reviewed, releases)}
        for key, asked in conditions.items():
            since = condition_since(name, key, {r: facts[r].get(key) for r in present if r in asked})
            if since:
                row[f"{key}_since"] = since
        earlier = earlier_declarations(facts)
        if earlier:
            row["earlier"] = earlier
        span = releases[releases.index(present[0]) : releases.index(present[-1]) + 1]
        absent = [release for release in span if release not in present]
        if absent:
            row["absent"] = absent
        if present[-1] != releases[-1]:
            row["removed"] = releases[releases.index(present[-1]) + 1]
        rows[name] = dict(sorted(row.items(), key=lambda item: NAME_KEYS.index(item[0])))
    return rows


def merge_patch(old, new):
    """The JSON merge patch (RFC 7396) that makes `new` out of `old`."""
    patch = {key: None for key in old if key not in new}
    for key, value in new.items():
        if isinstance(value, dict) and isinstance(old.get(key), dict):
            inner = merge_patch(old[key], value)
            if inner:
                patch[key] = inner
        elif key not in old or old[key] != value:
            if value is None:
                raise Changed(f"a merge patch cannot say that {key} became null")
            patch[key] = value
    return patch
