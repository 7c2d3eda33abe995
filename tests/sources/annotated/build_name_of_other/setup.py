from setuptools import setup, Extension
setup(name="build-name-of-other", version="1", ext_modules=[
    Extension("one", ["one.c", "util.c"], define_macros=[("PY_ARRAY_UNIQUE_SYMBOL", "one_API")]),
    Extension("two", ["two.c", "two_util.c"]),
])
