#include <Python.h>
#include <numpy/arrayobject.h>
#include <numpy/npy_math.h>
#if NPY_ABI_VERSION < 0x02000000
#define NPY_CSETREAL(z, r) ((z)->real = (r))
#define NPY_CSETIMAG(z, i) ((z)->imag = (i))
#define NPY_CSETREALF(z, r) ((z)->real = (r))
#endif

static double norm(npy_cdouble z, npy_cfloat *f, const npy_clongdouble *l) {
  return npy_creal(z) * npy_creal(z) + npy_cimag(z) * npy_cimag(z) + npy_crealf(*f) + npy_cimagf(f[1]) + (double)npy_cimagl(*l);
}

static void set(npy_cdouble *z, npy_cfloat f[2], int n) {
  int i;
  npy_cdouble one;
  NPY_CSETREAL(&one, 1.0);
  NPY_CSETIMAG(&one, 0.0);
  for (i = 0; i < n; i++) {
    NPY_CSETREAL(&z[i], npy_creal(one) + npy_cimag(z[i]));
    NPY_CSETIMAG(&z[i], npy_cimag(z[i]) + (npy_crealf(f[1]) * 2));
    NPY_CSETREALF(&f[0], npy_crealf(f[0]) - (1));
  }
  if (n > 3)
    NPY_CSETREAL(z, (double)n);
  else
    NPY_CSETIMAG(z, -npy_cimag(*z));
}

double use(npy_cdouble *z, npy_cfloat *f, npy_clongdouble *l) {
  set(z, f, 2);
  return norm(z[0], f, l);
}

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
