/* In definitions of macros, and around their arguments. */
#include <Python.h>
#include <numpy/arrayobject.h>

typedef struct {
  double real, imag;
} own;

#define ELSIZE(d) ((d)->elsize)
#define SIZES(a) (((a)->descr)->elsize + \
                  (a)->descr->elsize)
#define BOTH(z) ((z).real + (z).imag)
#define LARGER(x, y) ((x) > (y) ? (x) : (y))
#define MEMBER(p, m) ((p)->m)

double use(PyArrayObject *a, PyArray_Descr *d, npy_cdouble z, own o) {
  int large = LARGER(d->elsize, ELSIZE(a->descr));
  own p = o;
  npy_cdouble w = z;
  return large + SIZES(a) + ELSIZE(d) + p.real + w.real + MEMBER(d, type_num);
}

double other(own o) { return BOTH(o); }

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
