from setuptools import Extension, setup

names = ["module"]
setup(
    ext_modules=[
        Extension(name, [name + ".c", "worker.c"], define_macros=[("PY_ARRAY_UNIQUE_SYMBOL", "API_OF_" + name)])
        for name in names
    ]
)
