/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Lists of unit files, from the manager or from disk: filtered, sorted and written in one way.
 */

#include "daemon/worker/disk/disk.h"
#include "daemon/worker/worker.h"

typedef struct FileRow {
        char *name;
        char *state;
} FileRow;

typedef struct FileList {
        FileRow *rows;
        size_t n;
} FileList;

void file_list_done(FileList *list);

/* Adds a file if the request's patterns, states and types let it through. Returns 0 or -ENOMEM. */
int file_list_add(FileList *list, const Parameters *p, const char *name, const char *state);

/* Sorts and writes the member "unit_files", with what the presets say. Returns 0 or a negative errno with
 * the error set. */
int file_list_write(FileList *list, const Disk *disk, Reply *reply, Error *error);

/* Sets the error that there is no such unit file. */
int file_missing(const char *unit, Error *error);

/* Writes one row of unit-files.state: a state or, where it is NULL, an error, as request_unit_failed() says.
 */
int file_state_write(const Request *request, const char *unit, const char *state, Error *unit_error,
        JsonWriter *w, Error *error);
