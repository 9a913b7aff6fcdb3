/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Boots that the journal knows, and cursors, which name one.
 */

#include <systemd/sd-journal.h>

#include "common/error.h"

/* What a caller may say for a boot: ID, ID±N or ±N. */
typedef struct BootName {
        sd_id128_t id; /* null: this boot, or the first or last of the journal */
        int64_t offset;
} BootName;

/* Parses a boot's name. Returns 0 or -EINVAL. */
int boot_name_parse(const char *s, BootName *ret) _warn_unused_;

/*
 * Finds the boot: 0 is the one that is running, 1 the first that the journal knows, -1 the one before the
 * last of it, ID±N as many further. The journal must have no matches yet, and has none afterwards; where it
 * stands is undefined.
 *
 * Returns 0, or a negative errno with the error filled: InvalidRequest where there is no such boot.
 */
int boot_find(sd_journal *journal, const char *name, sd_id128_t *ret, Error *error) _warn_unused_;

/*
 * Checks a cursor's form, and that the journal has entries of the boot that it names: a cursor of another
 * machine, or of a time that has been rotated away, leads to no place. The journal as for boot_find().
 *
 * Returns 0, or a negative errno with the error filled.
 */
int cursor_check(sd_journal *journal, const char *cursor, Error *error) _warn_unused_;

/* The boot in a cursor. Returns 0 or -EINVAL where it is none. */
int cursor_parse(const char *cursor, sd_id128_t *ret_boot) _warn_unused_;
