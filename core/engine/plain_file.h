/* SPDX-License-Identifier: MIT */
/* Files in directories that may belong to someone else. */
#ifndef NV_PLAIN_FILE_H
#define NV_PLAIN_FILE_H

#include "catalog/status.h"
#include "nv_memory.h"

#include <sys/stat.h>

/* Of the directory in which that file stands. */
bool nv_directory_of(const char *path, struct stat *);
/* A new file for writing in place of whatever is there; -1 and errno. */
int nv_create_plain(const char *path, mode_t mode);
/* What root writes is of the directory's group, and, if asked, of its owner. */
void nv_give_to_directory(int fd, const char *path, bool owner);

#endif
