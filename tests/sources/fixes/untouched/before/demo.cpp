// Nothing here can be changed for certain.
#include <Python.h>
#include <numpy/arrayobject.h>

static double *address(npy_cdouble *z) { return &z->real; }
static double &reference(npy_cdouble &z) { return z.real; }
static int counted(PyArray_Descr *d) { return d->elsize++; }
static double chained(npy_cdouble z, npy_cdouble w) { return z.real = w.imag = 1.0; }
static npy_cdouble *next(npy_cdouble **z) { return (*z)++; }
static void twice(npy_cdouble *z) { next(&z)->real += 1.0; }
static void owner(PyArrayObject *a, PyObject *o) { a->base = o; }
static void set_up(PyArray_Descr *d) {
  d->elsize = 8;
  d->alignment = 8;
}
static char kind(PyArray_Descr *d) {
  char flags = d->flags;
  return flags;
}

double use(npy_cdouble z, PyArray_Descr *d, PyArrayObject *a) {
  twice(&z);
  owner(a, nullptr);
  set_up(d);
  return *address(&z) + reference(z) + counted(d) + chained(z, z) + kind(d);
}

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
