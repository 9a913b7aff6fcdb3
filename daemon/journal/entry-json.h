/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An entry of the journal as one line of JSON: what journalctl -o json prints, straight from the journal
 * into the buffer. Members stand in another order, and spaces where journalctl has them do not matter.
 */

#include <systemd/sd-journal.h>

#include "daemon/journal/line.h"

/* From this size on (name, `=` and value) journalctl writes null, unless asked for everything. */
#define ENTRY_JSON_VALUE_MAX 4096U

typedef struct EntryMember EntryMember;

/* What is kept from entry to entry. Zero it with {}. */
typedef struct EntryJson {
        bool all;            /* values whole, up to LINE_FIELD_MAX */
        char *const *fields; /* only these, and the addresses; NULL: all; borrowed */

        EntryMember *members;
        size_t n_members, n_members_allocated;
        uint32_t *slots; /* hash table of indices into members, plus one */
        size_t n_slots;
        Buffer spare;
} EntryJson;

void entry_json_done(EntryJson *e);

/* Appends the journal's current entry, without a newline. Returns 0; -EBADMSG and its kin where the entry
 * cannot be read: what was appended is to be dropped (line_writer_drop_line()), and the journal read on;
 * -EMSGSIZE where the line is too long; -ENOMEM. */
int entry_json_append(EntryJson *e, sd_journal *journal, Buffer *b) _warn_unused_;

/* The parts of it, which tests use: begin with {, one field after the other as sd_journal_enumerate_data(3)
 * gives it, end with }. */
int entry_json_begin(EntryJson *e, Buffer *b) _warn_unused_;
int entry_json_field(EntryJson *e, Buffer *b, const char *data, size_t size) _warn_unused_;
int entry_json_end(EntryJson *e, Buffer *b) _warn_unused_;
