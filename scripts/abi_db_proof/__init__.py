"""How scripts/prove_abi_db.py measures NumPys and compares them with abi_db/. Nothing here uses scripts/abi_db_tools.

database    the files, as facts of one release; what was compared and what differs
numpys      CPythons of this machine, and NumPy's wheels
running     a NumPy in a process (scripts/probe_numpy.py)
compilers   compilers of this machine and of other data models; what a user may choose
headers     what a compiler makes of NumPy's headers: numbers, texts, macros, declarations
debug_info  every name that headers declare, from gcc's listings
foreign     headers for machines on which they were not configured
compiled    sizes, layouts, values, target policy, slots and import templates
names       names.json
"""
