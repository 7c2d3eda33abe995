#include <Python.h>
#include <numpy/arrayobject.h>

static double norm(npy_cdouble z, npy_cfloat *f, const npy_clongdouble *l) {
  return z.real * z.real + z.imag * z.imag + f->real + f[1].imag + (double)l->imag;
}

static void set(npy_cdouble *z, npy_cfloat f[2], int n) {
  int i;
  npy_cdouble one;
  one.real = 1.0;
  one.imag = 0.0;
  for (i = 0; i < n; i++) {
    z[i].real = one.real + z[i].imag;
    z[i].imag += f[1].real * 2;
    f[0].real -= 1;
  }
  if (n > 3)
    z->real = (double)n;
  else
    z->imag = -z->imag;
}

double use(npy_cdouble *z, npy_cfloat *f, npy_clongdouble *l) {
  set(z, f, 2);
  return norm(z[0], f, l);
}

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
