/* import_array() in the init function: the form that most extensions have. */
#include "farm.h"

FARM_FUNCTION(made)
{
    npy_intp size = PyLong_AsSsize_t(arg);
    PyObject *first = PyArray_SimpleNew(1, &size, NPY_DOUBLE);
    PyObject *second = PyArray_ZEROS(1, &size, NPY_INT, 0);
    if (first == NULL || second == NULL || PyArray_CopyInto(FARM_ARRAY(first), FARM_ARRAY(second)) < 0) {
        return NULL;
    }
    Py_DECREF(second);
    return PyArray_Return(FARM_ARRAY(first));
}

FARM_FUNCTION(taken)
{
    PyObject *array;
    if (!PyArray_Check(arg)) {
        PyErr_SetString(PyExc_TypeError, "an array is wanted");
        return NULL;
    }
    array = PyArray_FROMANY(arg, NPY_DOUBLE, 1, 2, NPY_ARRAY_C_CONTIGUOUS);
    return array ? PyLong_FromSsize_t(PyArray_MultiplyList(PyArray_DIMS(FARM_ARRAY(array)), PyArray_NDIM(FARM_ARRAY(array)))) : NULL;
}

FARM_METHODS(FARM_METHOD(made), FARM_METHOD(taken));
FARM_DEFINITION;

FARM_INIT
{
    PyObject *module = PyModule_Create(&farm_definition);
    import_array();
    return module;
}
