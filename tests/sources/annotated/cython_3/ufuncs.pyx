cimport numpy as np

np.import_array()
cdef np.PyUFuncGenericFunction loops[1]
loop = np.PyUFunc_FromFuncAndData(loops, NULL, NULL, 1, 1, 1, 0, "f", "", 0)  # expect: NPY460
