/* Includes the headers and uses nothing of them: compilers that keep unused functions leave the template in. */
#include "farm.h"

FARM_FUNCTION(same)
{
    Py_INCREF(arg);
    return arg;
}

FARM_METHODS(FARM_METHOD(same));
FARM_DEFINITION;

FARM_INIT
{
    return PyModule_Create(&farm_definition);
}
