from setuptools import setup

setup(setup_requires=["numpy", "cython>=3.0.0"])
