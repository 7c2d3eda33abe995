/* descriptors -- every member that has an accessor (c) somebody */
#include <Python.h>
#include <stdio.h>
#include <numpy/arrayobject.h>
#if NPY_ABI_VERSION < 0x02000000
#define PyDataType_ELSIZE(descr) ((descr)->elsize)
#define PyDataType_ALIGNMENT(descr) ((descr)->alignment)
#define PyDataType_NAMES(descr) ((descr)->names)
#define PyDataType_FIELDS(descr) ((descr)->fields)
#define PyDataType_SUBARRAY(descr) ((descr)->subarray)
#define PyDataType_FLAGS(descr) ((npy_uint64)(unsigned char)(descr)->flags)
#define PyDataType_C_METADATA(descr) ((descr)->c_metadata)
#define PyDataType_METADATA(descr) ((descr)->metadata)
#define PyDataType_GetArrFuncs(descr) ((descr)->f)
#define PyDataType_SET_ELSIZE(descr, size) ((descr)->elsize = (int)(size))
#endif

typedef struct {
  PyArray_Descr *descr;
  int elsize; /* not NumPy's */
} holder;

static int reads(PyArrayObject *a, PyArray_Descr *d, holder *h) {
  int total = PyDataType_ELSIZE(d) + PyDataType_ALIGNMENT(d);   /* spaces stay */
  total += PyDataType_ELSIZE(h->descr) * h->elsize;
  total += PyDataType_ELSIZE(PyArray_DESCR(a));
  total += PyDataType_ELSIZE(&(*d));
  if (PyDataType_NAMES(d) != NULL && PyDict_Size(PyDataType_FIELDS(d)) > 0) total += 1;
  if (PyDataType_SUBARRAY(d)) total += PyDataType_ELSIZE(PyDataType_SUBARRAY(d)->base);
  if (PyDataType_SUBARRAY(d) && PyDataType_SUBARRAY(PyDataType_SUBARRAY(d)->base)) total += 2;
  if (PyDataType_FLAGS(d) & NPY_ITEM_REFCOUNT) total++;
  if (PyDataType_C_METADATA(d) || PyDataType_METADATA(d)) total++;
  printf("%d %ld\n", (int)PyDataType_ELSIZE(d), (long)PyDataType_ELSIZE(d));
  printf("%d\n", 2 * (int)PyDataType_ELSIZE(d));
  return total > d->type_num ? PyDataType_ELSIZE(d)
                             : PyDataType_ALIGNMENT(d);
}

static PyObject *item(PyArray_Descr *d, char *data, PyArrayObject *a) {
  if (PyDataType_GetArrFuncs(d)->nonzero(data, a)) return PyDataType_GetArrFuncs(d)->getitem(data, a);
  return PyDataType_GetArrFuncs(PyArray_DESCR(a))->getitem(data, a);
}

static void writes(PyArray_Descr *d, PyArray_Descr *e) {
  PyDataType_SET_ELSIZE(d, 8);
  if (PyDataType_ELSIZE(e) == 0) PyDataType_SET_ELSIZE(e, PyDataType_ELSIZE(d));
  PyDataType_SET_ELSIZE(d, PyDataType_ELSIZE(d) * (4));
}

int use(PyArrayObject *a, PyArray_Descr *d, holder *h, char *p) {
  writes(d, h->descr);
  return reads(a, d, h) + (item(d, p, a) != NULL);
}

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
