# targets: 1.26, 2.0, 2.5
cimport numpy as np  # expect: NPY463 @2.5


def make(np.npy_intp n, np.ndarray kind):
    if np.PyArray_DATA(kind) == NULL:
        return None
    kind.data = NULL
    return np.PyArray_SimpleNew(1, &n, np.NPY_DOUBLE)  # expect: NPY460
