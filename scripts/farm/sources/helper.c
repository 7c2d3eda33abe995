/* import_array1(-1) in a function of its own, which the init function calls and checks. */
#include "farm.h"

FARM_FUNCTION(walked)
{
    PyObject *iterator = PyArray_IterNew(arg), *pair, *neighbours;
    int axis = 0;
    if (iterator == NULL) {
        return NULL;
    }
    Py_DECREF(iterator);
    iterator = PyArray_IterAllButAxis(arg, &axis);
    pair = PyArray_MultiIterNew(2, arg, arg);
    neighbours = PyArray_BroadcastToShape(arg, PyArray_DIMS(FARM_ARRAY(arg)), 1);
    Py_XDECREF(iterator);
    Py_XDECREF(neighbours);
    return pair;
}

FARM_FUNCTION(stepped)
{
    NpyIter *iterator = NpyIter_New(FARM_ARRAY(arg), NPY_ITER_READONLY | NPY_ITER_EXTERNAL_LOOP, NPY_KEEPORDER, NPY_NO_CASTING, NULL);
    NpyIter_IterNextFunc *next = iterator ? NpyIter_GetIterNext(iterator, NULL) : NULL;
    Py_ssize_t count = 0;
    if (next == NULL) {
        return NULL;
    }
    if (NpyIter_GetIterSize(iterator) != 0) {
        npy_intp *inner = NpyIter_GetInnerLoopSizePtr(iterator);
        do {
            count += *inner;
        } while (next(iterator));
    }
    return NpyIter_Deallocate(iterator) == NPY_SUCCEED ? PyLong_FromSsize_t(count) : NULL;
}

static int init_numpy(void)
{
    import_array1(-1);
    return 0;
}

FARM_METHODS(FARM_METHOD(walked), FARM_METHOD(stepped));
FARM_DEFINITION;

FARM_INIT
{
    PyObject *module = PyModule_Create(&farm_definition);
    if (module == NULL || init_numpy() < 0) {
        Py_XDECREF(module);
        return NULL;
    }
    return module;
}
