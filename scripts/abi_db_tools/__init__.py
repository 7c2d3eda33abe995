"""How scripts/build_abi_db.py reads NumPy's release artefacts; abi_db/README.md tells what the results mean.

artefacts   the package index; members of wheels and source distributions, read by range
headers     NumPy's headers through libclang: names, sizes, layouts, values, diagnostics
slots       the tables of the C-API: from the generated headers, and from code_generators/numpy_api.py
binaries    tp_basicsize of the type objects in compiled modules
minor       all facts of one release, and the sources of each
shims       what the numpy.core of NumPy 2 says
continuity  what one release has, the next must have
cython_names  what NumPy's .pxd files name, as Cython reads them
history     first, changed, removed: slots.json and names.json
overlay     what is written by hand, and the proof of its citations
"""


class Changed(Exception):
    """NumPy did something that these tools have no rule for; the message says what and where."""
