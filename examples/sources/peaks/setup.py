import numpy
from setuptools import Extension, setup

setup(name="peaks", version="1.0", install_requires=["numpy>=1.20"],
      ext_modules=[Extension("peaks", ["peaks.c"], include_dirs=[numpy.get_include()])])
