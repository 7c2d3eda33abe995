#ifndef TREE_SETUP_KERNELS_H
#define TREE_SETUP_KERNELS_H

#include <Python.h>
#include <numpy/arrayobject.h>

/* Both sources use it, through a macro of the project's own. */
#define ITEM_SIZE(array) (PyArray_DESCR(array)->elsize)

typedef struct {
  double real, imag;
} pair;

PyObject *scaled(PyArrayObject *input, double factor);

#endif
