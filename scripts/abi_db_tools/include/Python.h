/* The part of CPython's C-API that NumPy's headers need in declarations, for any data model. Shapes as in CPython's
 * Include/object.h; ABICHECK_FREE_THREADED gives the object header of Py_GIL_DISABLED (Include/object.h, 3.13).
 * Function bodies are not parsed, so nothing that is only called stands here. */
#ifndef ABICHECK_PYTHON_H
#define ABICHECK_PYTHON_H

#ifdef __linux__
#define __GLIBC__ 2
#endif

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#ifndef PY_VERSION_HEX
#define PY_VERSION_HEX 0x030C0000
#endif
#define PY_MAJOR_VERSION 3
#define PY_MINOR_VERSION 12

typedef intptr_t Py_intptr_t;
typedef uintptr_t Py_uintptr_t;
typedef intptr_t Py_ssize_t;
typedef Py_ssize_t Py_hash_t;
typedef size_t Py_uhash_t;
typedef uint32_t Py_UCS4;
typedef uint16_t Py_UCS2;
typedef uint8_t Py_UCS1;
typedef wchar_t Py_UNICODE;
#define Py_USING_UNICODE 1
#define WITH_THREAD 1
#define PY_LONG_LONG long long
#define HAVE_LONG_LONG 1
#define PY_FORMAT_SIZE_T "z"
#define SIZEOF_SHORT __SIZEOF_SHORT__
#define SIZEOF_INT __SIZEOF_INT__
#define SIZEOF_LONG __SIZEOF_LONG__
#define SIZEOF_LONG_LONG __SIZEOF_LONG_LONG__
#define SIZEOF_SIZE_T __SIZEOF_SIZE_T__
#define SIZEOF_VOID_P __SIZEOF_POINTER__

struct _typeobject;
#ifdef ABICHECK_FREE_THREADED
#define Py_GIL_DISABLED 1
typedef struct _object {
  uintptr_t ob_tid;
  uint16_t _padding;
  uint8_t ob_mutex;
  uint8_t ob_gc_bits;
  uint32_t ob_ref_local;
  Py_ssize_t ob_ref_shared;
  struct _typeobject* ob_type;
} PyObject;
#else
typedef struct _object {
  Py_ssize_t ob_refcnt;
  struct _typeobject* ob_type;
} PyObject;
#endif
typedef struct {
  PyObject ob_base;
  Py_ssize_t ob_size;
} PyVarObject;
#ifdef ABICHECK_PYTHON_315
/* The head of every object lies on a multiple of 8 from 3.15 on, which 32-bit platforms notice. */
#define PyObject_HEAD                            \
  union {                                        \
    PyObject ob_base;                            \
    __attribute__((aligned(8))) char ob_aligner; \
  };
#else
#define PyObject_HEAD PyObject ob_base;
#endif
#define PyObject_VAR_HEAD PyVarObject ob_base;
#define Py_TYPE(ob) (((PyObject*)(ob))->ob_type)
#define Py_REFCNT(ob) (((PyObject*)(ob))->ob_refcnt)

typedef PyObject* (*PyCFunction)(PyObject*, PyObject*);
typedef PyObject* (*unaryfunc)(PyObject*);
typedef PyObject* (*binaryfunc)(PyObject*, PyObject*);
typedef PyObject* (*ternaryfunc)(PyObject*, PyObject*, PyObject*);
typedef int (*inquiry)(PyObject*);
typedef Py_ssize_t (*lenfunc)(PyObject*);
typedef int (*visitproc)(PyObject*, void*);
typedef int (*traverseproc)(PyObject*, visitproc, void*);
typedef void (*destructor)(PyObject*);
typedef PyObject* (*vectorcallfunc)(PyObject*, PyObject* const*, size_t, PyObject*);
typedef struct PyMethodDef PyMethodDef;
typedef struct PyMemberDef PyMemberDef;
typedef struct PyGetSetDef PyGetSetDef;
typedef struct PyModuleDef PyModuleDef;
typedef struct {
  int slot;
  void* pfunc;
} PyType_Slot;
typedef struct PyType_Spec PyType_Spec;
typedef struct _ts PyThreadState;
typedef struct _py_code PyCodeObject;
typedef struct {
  binaryfunc nb_add;
} PyNumberMethods;

/* CPython 3.12's PyTypeObject by size: the head, 47 words, a 32-bit version tag, two words, a byte. */
typedef struct _typeobject {
  PyVarObject ob_base;
  const char* tp_name;
  Py_ssize_t tp_basicsize, tp_itemsize;
  void* tp_slots[17];
  unsigned long tp_flags;
  void* tp_more[27];
  unsigned int tp_version_tag;
  void* tp_finalize;
  vectorcallfunc tp_vectorcall;
  unsigned char tp_watched;
} PyTypeObject;

typedef struct {
  PyTypeObject ht_type;
  void* ht_slots[60];
} PyHeapTypeObject;

typedef struct {
  PyVarObject ob_base;
  Py_hash_t ob_shash;
  char ob_sval[1];
} PyBytesObject;
typedef PyBytesObject PyStringObject;
typedef struct {
  PyObject ob_base;
  Py_ssize_t length;
  Py_hash_t hash;
  unsigned int state;
  void *utf8, *data;
  Py_ssize_t utf8_length;
} PyUnicodeObject;
typedef struct {
  PyObject ob_base;
  double ob_fval;
} PyFloatObject;
typedef struct {
  double real, imag;
} Py_complex;
typedef struct {
  PyObject ob_base;
  Py_complex cval;
} PyComplexObject;
typedef struct {
  void* buf;
  PyObject* obj;
  Py_ssize_t len, itemsize;
  int readonly, ndim;
  char* format;
  Py_ssize_t *shape, *strides, *suboffsets;
  void* internal;
} Py_buffer;
typedef struct PyCapsule PyCapsule;
typedef void (*PyCapsule_Destructor)(PyObject*);

#define Py_BEGIN_ALLOW_THREADS
#define Py_END_ALLOW_THREADS
#define PyMODINIT_FUNC PyObject*
#define PyAPI_FUNC(type) type
#define PyAPI_DATA(type) extern type

#endif
