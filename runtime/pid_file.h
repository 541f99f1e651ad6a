/*
 * The file that --pid-file names.
 */
#ifndef CAPBOX_RUNTIME_PID_FILE_H
#define CAPBOX_RUNTIME_PID_FILE_H

#include <sys/types.h>

#include "lib/error.h"

/* Writes the number. Whoever waits for the file to appear finds it whole. */
int pid_file_write(const char *path, pid_t pid, struct error *e);

#endif
