/* handler.h -- a master_handler that only takes records. */
#pragma once

#include "zone/master.h"

#define HANDLER(function, given)                                                                   \
    (&(const struct master_handler){.record = (function), .context = (given)})
