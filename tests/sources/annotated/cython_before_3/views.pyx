cimport numpy as np  # expect: NPY463 @2.5


# Views, buffers and fields do not go through the table of the C-API.
def total(double[:, ::1] view, np.ndarray[np.float64_t, ndim=1] array):
    return view[0, 0] + array[0] + array.shape[0] + np.PyArray_NDIM(array)
