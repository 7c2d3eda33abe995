/* targets: 1.19, 1.26, 2.0 */
#include <Python.h>
#include <numpy/arrayobject.h>

/* For older ones the new accessors are made of the members. */
#if NPY_ABI_VERSION < 0x02000000
#define PyDataType_ELSIZE(descr) ((descr)->elsize)
#define PyDataType_SET_ELSIZE(descr, size) (descr)->elsize = size
#endif

static npy_intp size_of(PyArray_Descr *descr) {
#if NPY_ABI_VERSION >= 0x02000000
  PyDataType_SET_ELSIZE(descr, 8);
#else
  PyDataType_SET_ELSIZE(descr, 8);
#endif
  return descr->type_num;
}

static npy_intp old_size_of(PyArray_Descr *descr) {
#if NPY_ABI_VERSION < 0x02000000
  return PyDataType_ELSIZE(descr);
#else
  return 0;
#endif
}

static int old_names(void) {
#ifdef NPY_1_22_API_VERSION
  return NPY_ARRAY_ALIGNED;
#else
  return NPY_ALIGNED;
#endif
}

static int old_names_anywhere(void) {
  return NPY_ALIGNED; /* expect: NPY412 */
}

static npy_intp members_anywhere(PyArray_Descr *descr) {
  return descr->elsize; /* expect: NPY420 */
}

#if NPY_FEATURE_VERSION < 0x00000007
#define FLAG NPY_CONTIGUOUS
#else
#define FLAG NPY_ARRAY_C_CONTIGUOUS
#endif

static int flag(void) { return FLAG; }
