"""What is written by hand in abi_db/overlay.json, and the proof that its citations stand where they say."""
import ast
import json
import re

from . import Changed
from .artefacts import Members, digest


def read(path):
    return json.loads(path.read_text())


def binds(source, name):
    """Whether a module's own statements bind `name`: an import or an assignment at the top level."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.ImportFrom) and any((alias.asname or alias.name) == name for alias in node.names):
            return True
        if isinstance(node, ast.Assign) and any(getattr(target, "id", None) == name for target in node.targets):
            return True
    return False


def syntax_digest(source):
    """SHA-256 over the syntax tree: names, constants and structure, without comments, layout and quotes."""

    def flat(node):
        if isinstance(node, ast.AST):
            fields = ((name, value) for name, value in ast.iter_fields(node) if name not in ("ctx", "kind", "type_comment") and value not in (None, []))
            return [type(node).__name__, [[name, flat(value)] for name, value in fields]]
        return [flat(each) for each in node] if isinstance(node, list) else repr(node)

    return digest(json.dumps(flat(ast.parse(source))).encode())


def state_of(reviewed, release, member, data, capsule):
    """What a Python file gives to who asks it for a capsule: it binds the name, or a person has read it."""
    if binds(data, capsule):
        return "works"
    for entry in reviewed["import_states"]:
        if entry["member"] == member and syntax_digest(data) in entry["syntax_sha256"]:
            return entry["states"].get(capsule, "absent")
    raise Changed(f"{member} of NumPy {release} (syntax {syntax_digest(data)}) does not bind {capsule} and has no entry in overlay.json: "
                  "read it, run it, and write down what it does")


def normalised(text):
    return re.sub(r"\s+", " ", text).strip()


def citations(reviewed):
    for section in ("names", "slots", "python"):
        for name, entry in reviewed[section].items():
            yield f"{section}.{name}", entry["source"]


def raised_by(text):
    """("ValueError", "message") out of the statement in C that raises it, and does nothing else."""
    found = re.fullmatch(r'PyErr_SetString\(PyExc_(\w+), ?((?:"(?:[^"\\]|\\.)*" ?)+)\);', normalised(text))
    if not found or "\\" in found[2]:
        raise Changed(f"overlay.json: '{text}' does not raise an exception with a plain text")
    return found[1], "".join(re.findall(r'"([^"]*)"', found[2]))


def check_citations(reviewed, index):
    """Every citation must be found in the source distribution that it names."""
    texts = {}
    for place, cited in citations(reviewed):
        key = (cited["release"], cited["member"])
        if key not in texts:
            sdists = [a for a in index.get(cited["release"], []) if a.is_sdist]
            if not sdists:
                raise Changed(f"overlay.json, {place}: NumPy {cited['release']} has no source distribution")
            members = Members(max(sdists, key=lambda a: a.name.endswith(".zip")))
            if cited["member"] not in members.names():
                raise Changed(f"overlay.json, {place}: {members.artefact.name} has no {cited['member']}")
            texts[key] = normalised(members.read(cited["member"]).decode("latin-1"))
        if normalised(cited["text"]) not in texts[key]:
            raise Changed(f"overlay.json, {place}: {cited['member']} of NumPy {cited['release']} does not say '{cited['text']}'")
