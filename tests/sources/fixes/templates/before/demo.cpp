// What is written once is compiled for several types.
#include <Python.h>
#include <numpy/arrayobject.h>

#include <vector>

struct mine {
  int elsize;
};

template <typename T>
int size_of(T *thing) {
  return thing->elsize;
}

template <typename T>
T scaled(PyArray_Descr *d, T factor) {
  return factor * d->elsize;
}

template <typename T>
struct Reader {
  PyArrayObject *array;
  T at(npy_intp i) const { return *reinterpret_cast<T *>(PyArray_BYTES(array) + i * array->strides[0]); }
  int bytes() const { return array->descr->elsize; }
};

template <typename A, typename B>
PyArray_Descr *chosen(A a, B) {
  return a;
}

int use(PyArrayObject *a, mine *m, PyArray_Descr *d) {
  Reader<double> r{a};
  std::vector<PyArray_Descr *> all{d};
  const int &one = all[0]->type_num;
  return size_of(m) + (int)scaled(d, 2.0) + (int)r.at(0) + r.bytes() + one +
         (int)chosen<PyArray_Descr *, int>(d, 1)->names->ob_refcnt;
}

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
