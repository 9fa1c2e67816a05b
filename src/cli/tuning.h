/* tuning.h -- what a configuration says of tuning. */
#ifndef RG_CLI_TUNING_H
#define RG_CLI_TUNING_H

#include <retrograde/tune.h>

#include "cli/cli.h"

rg_tuning tuning_of (const options *o, const rg_setup *setup);

#endif /* RG_CLI_TUNING_H */
