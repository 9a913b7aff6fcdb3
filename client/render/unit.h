/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Units and unit files as tables, columns and legend as systemctl's, with ACCOUNT in front where it can
 * differ.
 */

#include "client/listing.h"

typedef struct UnitList {
        Listing listing;
        size_t n_jobs;
} UnitList;

int unit_list_init(UnitList *l, bool wide);
void unit_list_done(UnitList *l);
/* An AccountHandler of a units.list; userdata is the list. */
int unit_list_add(Client *c, Account *account, void *userdata);

/* The same for a line of a stream, as a LineHandler. */
int unit_list_add_line(Client *c, const char *line, size_t n, void *userdata);

/* Prints what is left of the table and what stands below it. Returns 0 or a negative errno. */
int unit_list_print(void *list, Client *c);

typedef struct FileList {
        Listing listing;
} FileList;

int file_list_init(FileList *l, bool wide);
void file_list_done(FileList *l);

/* An AccountHandler of a unit-files.list. */
int file_list_add(Client *c, Account *account, void *userdata);
int file_list_print(void *list, Client *c);

/* The colour and the dot of an active state. */
Color state_color(const char *active);
Glyph state_glyph(const char *active);

/* Whether the preset says something about unit files in that state. */
bool state_has_preset(const char *file_state);
