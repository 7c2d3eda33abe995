/* _import_array() called without a macro: its own error arrives. */
#include "farm.h"

FARM_FUNCTION(ordered)
{
    PyArrayObject *array = FARM_ARRAY(arg);
    PyObject *places = PyArray_ArgSort(array, -1, NPY_QUICKSORT);
    PyObject *found = places ? PyArray_SearchSorted(array, arg, NPY_SEARCHLEFT, NULL) : NULL;
    Py_XDECREF(places);
    if (found == NULL || PyArray_Sort(array, -1, NPY_MERGESORT) < 0) {
        Py_XDECREF(found);
        return NULL;
    }
    Py_DECREF(found);
    return PyArray_ArgMax(array, 0, NULL);
}

FARM_FUNCTION(selected)
{
    PyArrayObject *array = FARM_ARRAY(arg);
    PyObject *taken = PyArray_TakeFrom(array, arg, 0, NULL, NPY_CLIP);
    Py_XDECREF(taken);
    taken = PyArray_PutTo(array, arg, arg, NPY_WRAP);
    Py_XDECREF(taken);
    taken = PyArray_Repeat(array, arg, 0);
    Py_XDECREF(taken);
    return PyArray_Diagonal(array, 0, 0, 1);
}

FARM_METHODS(FARM_METHOD(ordered), FARM_METHOD(selected));
FARM_DEFINITION;

FARM_INIT
{
    if (_import_array() < 0) {
        return NULL;
    }
    return PyModule_Create(&farm_definition);
}
