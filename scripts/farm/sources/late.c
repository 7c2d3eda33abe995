/* import_array() only in a method: the import of the module does not need NumPy. */
#include "farm.h"

FARM_FUNCTION(prepare)
{
    import_array();
    Py_RETURN_NONE;
}

FARM_FUNCTION(typed)
{
    PyArray_Descr *descr = NULL;
    if (!PyArray_DescrConverter(arg, &descr)) {
        return NULL;
    }
    if (PyArray_EquivTypes(descr, descr) && PyArray_CanCastTo(descr, descr)) {
        Py_DECREF(descr);
        return PyArray_TypeObjectFromType(NPY_DOUBLE);
    }
    return (PyObject *)PyArray_DescrNewByteorder(descr, NPY_SWAP);
}

FARM_METHODS(FARM_METHOD(prepare), FARM_METHOD(typed));
FARM_DEFINITION;

FARM_INIT
{
    return PyModule_Create(&farm_definition);
}
