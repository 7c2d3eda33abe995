// targets: 1.19, 1.26, 2.0, 2.5
#include <Python.h>

#define NPY_TARGET_VERSION NPY_2_0_API_VERSION  // expect: NPY430 @1.19,1.26 expect: NPY432 @1.26
#include <numpy/arrayobject.h>
#include <numpy/ufuncobject.h>

typedef PyArrayObject Image;

namespace {

// A structure of its own with the same names.
struct Descr {
  int elsize;
  char *data;
};

int own_members(Descr *descr) {
  return descr->elsize + (descr->data != nullptr);
}

char *pixels(Image *image) {
  return image->data;  // expect: NPY420
}

char *pixels_of_fields(PyArrayObject *image) {
  return reinterpret_cast<PyArrayObject_fields *>(image)->data;  // expect: NPY420
}

char *pixels_by_accessor(PyArrayObject *image) {
  return PyArray_BYTES(image);
}

template <typename T>
auto size_of(const T *thing) {
  return thing->elsize;  // expect: NPY420
}

npy_intp sizes(PyArrayObject *image, Descr *own) {
  return size_of(PyArray_DESCR(image)) + size_of(own) + own_members(own);
}

template <typename T>
int never_instantiated(T *thing) {
  return thing->elsize;
}

auto member = &PyArray_Descr::type_num;

void *here(PyArrayIterObject *iter, PyArrayMultiIterObject *multi) {
  if (multi->size == 0) return nullptr;            // expect: NPY420
  if (iter->coordinates[0] != 0) return nullptr;   // no accessor for this one
  while (PyArray_ITER_NOTDONE(iter)) PyArray_ITER_NEXT(iter);
  return iter->dataptr;                            // expect: NPY420
}

int inputs(PyUFuncObject *ufunc) {
  return ufunc->nin;  // everybody's
}

int stable(PyArray_Descr *descr) {
  return descr->type_num + descr->kind + descr->byteorder + descr->*member;
}

}  // namespace

void use(PyArrayObject *image, PyArrayIterObject *iter, PyArrayMultiIterObject *multi, PyUFuncObject *ufunc, Descr *own) {
  pixels(image);
  pixels_of_fields(image);
  pixels_by_accessor(image);
  sizes(image, own);
  here(iter, multi);
  inputs(ufunc);
  stable(PyArray_DESCR(image));
}
