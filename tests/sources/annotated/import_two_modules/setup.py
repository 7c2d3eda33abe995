from setuptools import setup, Extension
setup(name="two_modules", version="1", ext_modules=[Extension("a", ["a/first.c"]), Extension("b", ["b/second.c"])])
