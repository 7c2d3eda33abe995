/* targets: 1.26, 2.0, 2.5 */
#include <Python.h>
#include <numpy/arrayobject.h>
#include <numpy/npy_math.h>

#define RE(z) ((z).real)

typedef npy_complex64 sample;
typedef struct {
  double real, imag;
} own;

static npy_cdouble unit = {0.0, 1.0}; /* expect: NPY440 */
static own own_unit = {0.0, 1.0};

static double sum(npy_cdouble z, sample s, own o) {
  double all = z.real + z.imag; /* expect: NPY440 */
  all += RE(z);                 /* expect: NPY440 */
  all += s.imag;                /* expect: NPY440 */
  return all + o.real + o.imag + npy_creal(z);
}

static double unit_of_own(void) {
  return own_unit.imag;
}

static void set(npy_cdouble *z, npy_clongdouble *l) {
  z->real = npy_creal(unit); /* expect: NPY440 */
  l->imag += 1;              /* expect: NPY440 */
}
