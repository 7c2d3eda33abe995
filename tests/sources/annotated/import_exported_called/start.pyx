cdef extern from "module.h":
    int init_numpy() except -1
init_numpy()
