/* other_plugin.c -- a plug-in for ranks that another version of the library would load. */
#include <stddef.h>

#include "base/ranks.h"

const rg_ranks_plugin rg_ranks_plugin_mpi = { "0.0.0", NULL };
