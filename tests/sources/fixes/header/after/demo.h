/* Included by two units, and includes no NumPy by itself. */
#ifndef DEMO_H
#define DEMO_H
#if NPY_ABI_VERSION < 0x02000000
#define PyDataType_ELSIZE(descr) ((descr)->elsize)
#endif

static inline int width(PyArray_Descr *d) { return PyDataType_ELSIZE(d); }

#endif
