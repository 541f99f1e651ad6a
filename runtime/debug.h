/* The subcommands of `capbox debug`; each gets its own arguments, argv[0] being "debug NAME". */
#ifndef CAPBOX_RUNTIME_DEBUG_H
#define CAPBOX_RUNTIME_DEBUG_H

#include "runtime/command.h"

command_function debug_stacks_command, debug_state_command;

#endif
