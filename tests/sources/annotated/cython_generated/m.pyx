# targets: 1.26, 2.0
cimport numpy as np

np.import_array()


def size(np.dtype kind):
    return kind.itemsize  # é expect: NPY420 @2.0


def flag():
    return np.NPY_OWNDATA  # é expect: NPY412
