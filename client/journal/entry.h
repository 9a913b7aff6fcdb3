/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An entry of the journal, out of a line of logs.read, which is what journalctl -o json prints: text as a
 * string, anything else as an array of the numbers of its bytes, several values of a field as an array of
 * these, and null for one that was too long.
 */

#include "common/buffer.h"

typedef enum JournalValueKind {
        JOURNAL_TEXT,  /* came as a string: UTF-8 without control characters but tab and newline */
        JOURNAL_BYTES, /* came as numbers: anything */
        JOURNAL_NONE,  /* null: there is one, and nobody told what */
} JournalValueKind;

/* One value of one field. A field that has several has several of these, one after the other. */
typedef struct JournalField {
        size_t name; /* offsets into `bytes` below */
        size_t name_length;
        size_t value;
        size_t length;
        JournalValueKind kind;
        bool repeated; /* came in an array of values, alone or with others */
} JournalField;

/* Filled again and again: the memory stays. */
typedef struct JournalEntry {
        JournalField *fields;
        size_t n;
        size_t allocated;
        Buffer bytes;
} JournalEntry;

/* What one line can become; a field of the journal may have 768 MiB, but none is written like that. */
#define JOURNAL_ENTRY_MAX (513U * 1024U * 1024U)

#define JOURNAL_ENTRY_NULL                                                                                  \
        (JournalEntry) {                                                                                    \
                .bytes = BUFFER_INIT(JOURNAL_ENTRY_MAX)                                                     \
        }

void journal_entry_done(JournalEntry *entry);

/* Reads a line. Returns 0, -EBADMSG for one that is no entry, -EMSGSIZE or -ENOMEM. */
int journal_entry_parse(JournalEntry *entry, const char *line, size_t n);

/* A field by its name, the first value or the last; NULL. Lent until the next entry is read. */
const JournalField *journal_entry_first(const JournalEntry *entry, const char *name);
const JournalField *journal_entry_last(const JournalEntry *entry, const char *name);

static inline const char *journal_field_name(const JournalEntry *entry, const JournalField *field) {
        return entry->bytes.data + field->name;
}

/* `length` bytes, with a NUL behind them that is not counted. */
static inline const char *journal_field_value(const JournalEntry *entry, const JournalField *field) {
        return entry->bytes.data + field->value;
}

/* The last value as a number of at most 64 bits; false where it is none. */
bool journal_entry_number(const JournalEntry *entry, const char *name, uint64_t *ret);

/* Whether it is the entry's address in the journal, __CURSOR and its kin, and no field of the entry. */
bool journal_field_is_address(const JournalEntry *entry, const JournalField *field);
