from glob import glob
from setuptools import setup, Extension
import numpy
inc = [numpy.get_include()]
setup(name="build-macro-of-glob", version="1", ext_modules=[
    Extension("new", glob("new/*.c"), include_dirs=inc, define_macros=[("NPY_TARGET_VERSION", "NPY_2_0_API_VERSION")]),
    Extension("old", ["old.c"], include_dirs=inc),
])
