/* descriptors -- every member that has an accessor (c) somebody */
#include <Python.h>
#include <stdio.h>
#include <numpy/arrayobject.h>

typedef struct {
  PyArray_Descr *descr;
  int elsize; /* not NumPy's */
} holder;

static int reads(PyArrayObject *a, PyArray_Descr *d, holder *h) {
  int total = d->elsize + d -> alignment;   /* spaces stay */
  total += h->descr->elsize * h->elsize;
  total += PyArray_DESCR(a)->elsize;
  total += (*d).elsize;
  if (d->names != NULL && PyDict_Size(d->fields) > 0) total += 1;
  if (d->subarray) total += d->subarray->base->elsize;
  if (d->subarray && d->subarray->base->subarray) total += 2;
  if (d->flags & NPY_ITEM_REFCOUNT) total++;
  if (d->c_metadata || d->metadata) total++;
  printf("%d %ld\n", d->elsize, (long)d->elsize);
  printf("%d\n", 2 * d->elsize);
  return total > d->type_num ? d->elsize
                             : d->alignment;
}

static PyObject *item(PyArray_Descr *d, char *data, PyArrayObject *a) {
  if (d->f->nonzero(data, a)) return d->f->getitem(data, a);
  return PyArray_DESCR(a)->f->getitem(data, a);
}

static void writes(PyArray_Descr *d, PyArray_Descr *e) {
  d->elsize = 8;
  if (e->elsize == 0) e->elsize = d->elsize;
  d->elsize *= 4;
}

int use(PyArrayObject *a, PyArray_Descr *d, holder *h, char *p) {
  writes(d, h->descr);
  return reads(a, d, h) + (item(d, p, a) != NULL);
}

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
