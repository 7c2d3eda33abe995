from setuptools import Extension, setup
import numpy

setup(
    name="tree-setup",
    version="1.0",
    install_requires=["numpy"],
    ext_modules=[
        Extension(
            "tree_setup._core",
            sources=["src/module.c", "src/kernels.c"],
            include_dirs=["include", numpy.get_include()],
            define_macros=[("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION"), ("PY_ARRAY_UNIQUE_SYMBOL", "tree_setup_API")],
        )
    ],
)
