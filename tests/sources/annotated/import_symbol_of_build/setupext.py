def add_numpy_flags(ext):
    ext.define_macros.append(("PY_ARRAY_UNIQUE_SYMBOL", "DEMO_" + ext.name + "_ARRAY_API"))
