#include <Python.h>
#include <numpy/arrayobject.h>

static npy_intp
row_bytes(PyArrayObject *array)
{
    return array->dimensions[array->nd - 1] * array->descr->elsize;
}

static PyObject *
rows(PyObject *self, PyObject *arg)
{
    PyArrayObject *array = (PyArrayObject *)PyArray_FROM_OTF(arg, PyArray_CDOUBLE, NPY_CARRAY);
    npy_cdouble *first;

    if (array == NULL) {
        return NULL;
    }
    first = (npy_cdouble *)array->data;
    first->real += 1.0;
    printf("%d bytes each\n", array->descr->elsize);
    return Py_BuildValue("Nn", array, row_bytes(array));
}
