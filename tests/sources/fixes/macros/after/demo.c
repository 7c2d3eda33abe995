/* In definitions of macros, and around their arguments. */
#include <Python.h>
#include <numpy/arrayobject.h>
#include <numpy/npy_math.h>
#if NPY_ABI_VERSION < 0x02000000
#define PyDataType_ELSIZE(descr) ((descr)->elsize)
#endif

typedef struct {
  double real, imag;
} own;

#define ELSIZE(d) (PyDataType_ELSIZE((d)))
#define SIZES(a) (PyDataType_ELSIZE((PyArray_DESCR((a)))) + \
                  PyDataType_ELSIZE(PyArray_DESCR((a))))
#define BOTH(z) ((z).real + (z).imag)
#define LARGER(x, y) ((x) > (y) ? (x) : (y))
#define MEMBER(p, m) ((p)->m)

double use(PyArrayObject *a, PyArray_Descr *d, npy_cdouble z, own o) {
  int large = LARGER(PyDataType_ELSIZE(d), ELSIZE(PyArray_DESCR(a)));
  own p = o;
  npy_cdouble w = z;
  return large + SIZES(a) + ELSIZE(d) + p.real + npy_creal(w) + MEMBER(d, type_num);
}

double other(own o) { return BOTH(o); }

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
