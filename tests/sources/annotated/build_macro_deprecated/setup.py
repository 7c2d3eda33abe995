from setuptools import setup, Extension
import numpy
inc = [numpy.get_include()]
# Not yet: define_macros=[("NPY_NO_DEPRECATED_API", "NPY_1_9_API_VERSION")]
setup(name="build-macro-deprecated", version="1", ext_modules=[
    Extension("new", ["new.c"], include_dirs=inc, define_macros=[("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION")]),
    Extension("old", ["old.c"], include_dirs=inc),
])
