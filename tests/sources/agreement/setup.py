from setuptools import Extension, setup

sources = ["src/module.c"]
sources.append("src/use.c")
setup(name="agreement", ext_modules=[Extension("agreement", sources=sources)])
