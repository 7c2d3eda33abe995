/* Included by npy_math.h under NPY_INTERNAL_BUILD and not installed; only functions stand there. */
