def make(np.npy_intp n):
    return np.PyArray_SimpleNew(1, &n, np.NPY_DOUBLE)  # expect: NPY460
