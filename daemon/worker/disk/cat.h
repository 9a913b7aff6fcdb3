/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The texts of unit files, one after another in a sealed memfd.
 */

#include "daemon/worker/disk/disk.h"
#include "daemon/worker/worker.h"

/* Of all texts in one answer. */
#define CAT_SIZE_MAX (8U * 1024U * 1024U)

typedef struct Cat {
        int fd;
        size_t size;
} Cat;

/* Makes the memfd. Returns 0 or a negative errno with the error set. */
int cat_begin(Cat *cat, Error *error);
void cat_done(Cat *cat);

/* The text of a file that the manager names as one of a unit; "" of one that masks. Returns 0 or a negative
 * errno with the error set. */
int cat_read_file(const Disk *disk, const char *path, char **ret, size_t *ret_size, Error *error);

/* Adds the texts of a unit and writes its row: fragment (may be NULL or "") and drop-ins. Where there is
 * neither, or one cannot be read, that is the unit's error. needs_reload is left out where negative. */
int cat_unit(Cat *cat, const Disk *disk, const Request *request, const char *unit, const char *fragment,
        char *const *drop_ins, int needs_reload, JsonWriter *w, Error *error);

/* Seals the memfd and gives it to the reply. */
int cat_end(Cat *cat, Reply *reply, Error *error);
