"""What one release of NumPy has is asked for in the next: what a reader no longer finds may have moved, not gone."""
from . import Changed

# Seen by a person to be really gone, or to have another name: the first release without, and what.
GONE = {
    ("1.7.0", "layout of PyArrayObject"),  # its members are those of PyArrayObject_fields from here on
    # Its wheel lacks the headers and the declarations of numpy.random.
    ("1.17.5", "layout of bitgen_t"),
    ("1.17.5", "Cython declarations of numpy.random"),
}


def marks(facts):
    """Texts for whatever must not vanish unseen."""
    yield from (f"layout of {name}" for name in facts["layouts"])
    yield from (f"text of the {name} of numpy.core" for name in facts["shims"])
    yield from (f"target macro {name}" for name in facts["target_macros"])
    policy = facts["target_policy"]
    yield from (f"target policy: {name}" for name in ("honoured", "below_lowest", "above_api") if policy[name])
    if facts["api_names"]:
        yield "names of API versions"
    if facts["random"]["capsule"]:
        yield "capsule of numpy.random"
    if facts["random"]["pxd"]:
        yield "Cython declarations of numpy.random"
    if facts["dtype_api"]:
        yield "numbers of the DType API"
    if any(name.startswith("numpy.random") for name in facts["runtime_sizes"]):
        yield "sizes of numpy.random's types"


def check(read):
    """read: {release: what was read from it}, in order."""
    before = None
    for release, found in read.items():
        now = set(marks(found["facts"]))
        for lost in sorted((before or set()) - now):
            if (release, lost) not in GONE:
                raise Changed(f"NumPy {release} no longer has the {lost}, as far as these tools can see: has it moved?")
        before = now
