/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The options of logs, see logs.h. */

#include "client/options/logs.h"

#include "client/message.h"
#include "client/options/own.h"
#include "common/strv.h"

/* A boot's id, as 32 hexadecimal digits. */
#define BOOT_ID_LENGTH 32

#define DIGITS "0123456789"

void logs_options_done(LogsOptions *o) {
        strv_free(o->units);
        strv_free(o->identifiers);
        strv_free(o->output_fields);
        free(o->since);
        free(o->until);
        free(o->lines);
        free(o->boot);
        free(o->priority);
        free(o->grep);
        free(o->case_sensitive);
        free(o->cursor);
        free(o->after_cursor);
        *o = (LogsOptions){};
}

const char *const *logs_option_values(const char *name) {
        static const char *const priorities[] = { "emerg", "alert", "crit", "err", "warning", "notice",
                "info", "debug", NULL };

        if (streq(name, "output"))
                return journal_modes;
        return streq(name, "priority") ? priorities : NULL;
}

/* As many digits as an int surely takes. */
static bool is_number(const char *word) {
        size_t n = strspn(word, DIGITS);

        return n > 0 && n <= 9 && !word[n];
}

bool logs_lines_are_valid(const char *word) {
        return streq(word, "all") || is_number(word + (*word == '+'));
}

bool logs_boot_is_valid(const char *word) {
        size_t n = strspn(word, DIGITS "abcdefABCDEF");

        if (streq(word, "all") || is_number(word + (*word == '+' || *word == '-')))
                return true;
        word += n;
        return n == BOOT_ID_LENGTH && (!*word || ((*word == '+' || *word == '-') && is_number(word + 1)));
}

bool option_takes_word(const OptionRow *row, const char *word) {
        return (streq(row->name, "lines") && logs_lines_are_valid(word)) ||
                (streq(row->name, "boot") && logs_boot_is_valid(word));
}

static int add_string(const OptionRow *row, Options *o, const char *value) {
        return strv_extend(option_member(row, o), value);
}

static int add_words(const OptionRow *row, Options *o, const char *value) {
        return option_add_words(option_member(row, o), value);
}

/* Without a number journalctl takes 10. */
static int set_lines(const OptionRow *row, Options *o, const char *value) {
        return option_set_string(row, o, value ? value : "10");
}

static int set_boot(const OptionRow *row, Options *o, const char *value) {
        return option_set_string(row, o, value ? value : "0");
}

static int set_case(const OptionRow *row, Options *o, const char *value) {
        return option_set_string(row, o, strempty(value));
}

static int set_mode(const OptionRow *row, Options *o, const char *value) {
        JournalMode mode = journal_mode_from_string(value);

        if (mode < 0) {
                message_error(
                        "Unknown output format '%s'; 'userunitctl logs -o help' lists those there are.",
                        value);
                return -EINVAL;
        }
        o->logs.mode = mode;
        return 0;
}

static int set_full(const OptionRow *row, Options *o, const char *value) {
        o->logs.no_full = row->letter != 'l';
        return 0;
}

static int accept_quietly(const OptionRow *row, Options *o, const char *value) {
        return 0;
}

/* Options of journalctl that mean nothing here, and what to do instead. */
static int refuse(const OptionRow *row, Options *o, const char *value) {
        static const char *const sentences[][2] = {
                { "catalog",
                        "Explanations from the message catalog are not shown: 'journalctl --list-catalog' has them." },
                { "directory",
                        "Only the journal of this host is read; 'journalctl --directory=' reads others." },
                { "dmesg", "The kernel's messages belong to no account: 'journalctl --dmesg' shows them." },
                { "facility",
                        "Entries are not chosen by their facility here; -t chooses by identifier, -p by priority." },
                { "field",
                        "The values of fields are not listed; '-o verbose' shows the fields of each entry." },
                { "file", "Only the journal of this host is read; 'journalctl --file=' reads others." },
                { "list-boots", "'journalctl --list-boots' lists boots; -b takes an offset or an id." },
                { "namespace",
                        "Accounts log into the journal without a namespace; 'journalctl --namespace=' reads others." },
        };

        for (size_t i = 0; i < ELEMENTSOF(sentences); i++)
                if (streq(row->name, sentences[i][0]))
                        message_error("%s", sentences[i][1]);
        return -EINVAL;
}

#define LOGS_FLAG(n, l, m, text)                                                                            \
        { n, l, NULL, option_set_flag, offsetof(Options, logs.m), text }
#define LOGS_STRING(n, l, arg, m, text)                                                                     \
        { n, l, arg, option_set_string, offsetof(Options, logs.m), text }

static const OptionRow rows[] = {
        { "unit", 'u', "[ACCOUNT/]UNIT", add_string, offsetof(Options, logs.units),
                "The same as an argument" },
        { "user-unit", 0, "[ACCOUNT/]UNIT", add_string, offsetof(Options, logs.units), NULL },
        LOGS_FLAG("follow", 'f', follow, "Go on with new lines as they come"),
        { "lines", 'n', "[=N]", set_lines, offsetof(Options, logs.lines),
                "No more than so many lines, the newest; without a number 10" },
        LOGS_FLAG("no-tail", 0, no_tail, "With -f: all lines there are before it goes on"),
        LOGS_STRING("since", 'S', "TIME", since, "Not before that time"),
        LOGS_STRING("until", 'U', "TIME", until, "Not after that time"),
        { "boot", 'b', "[=BOOT]", set_boot, offsetof(Options, logs.boot),
                "Of one boot: its id, an offset such as -1, or both; without: of this one" },
        LOGS_STRING("priority", 'p', "RANGE", priority,
                "Of that priority and those that are worse, or of FROM..TO"),
        LOGS_STRING("grep", 'g', "PATTERN", grep, "Only messages that match, as PCRE2 has it"),
        { "case-sensitive", 0, "[=BOOL]", set_case, offsetof(Options, logs.case_sensitive),
                "Whether case counts in --grep; else: only where it has capital letters" },
        { "identifier", 't', "ID", add_string, offsetof(Options, logs.identifiers),
                "Only of that syslog identifier" },
        LOGS_STRING("cursor", 'c', "CURSOR", cursor, "From that entry on"),
        LOGS_STRING("after-cursor", 0, "CURSOR", after_cursor, "Only what stands behind that entry"),
        LOGS_FLAG("show-cursor", 0, show_cursor, "Print the cursor of the last entry at the end"),
        { "reverse", 'r', NULL, option_set_flag, offsetof(Options, reverse), "The newest first" },

        { "output", 'o', "FORMAT", set_mode, 0, "How entries look; help lists the formats" },
        { "output-fields", 0, "FIELD,...", add_words, offsetof(Options, logs.output_fields),
                "Of verbose, cat and JSON: only these fields" },
        { "all", 'a', NULL, option_set_flag, offsetof(Options, all),
                "All of what is long or not printable" },
        { "full", 'l', NULL, set_full, 0, "Whole lines, as without" },
        { "no-full", 0, NULL, set_full, 0, "Shorten lines to the terminal's width" },
        LOGS_FLAG("no-hostname", 0, no_hostname, "Without the name of the host"),
        LOGS_FLAG("truncate-newline", 0, truncate_newline, "Only the first line of each message"),
        LOGS_FLAG("utc", 0, utc, "Times in UTC"),
        LOGS_FLAG("pager-end", 'e', pager_end, "Jump to the end in the pager; implies -b and -n1000"),

        /* Lines of several journals and units are always merged. */
        { "merge", 'm', NULL, accept_quietly, 0, NULL },
        { "catalog", 'x', NULL, refuse, 0, NULL },
        { "directory", 'D', "DIR", refuse, 0, NULL },
        { "dmesg", 'k', NULL, refuse, 0, NULL },
        { "facility", 0, "FACILITY", refuse, 0, NULL },
        { "field", 'F', "FIELD", refuse, 0, NULL },
        { "file", 0, "PATH", refuse, 0, NULL },
        { "list-boots", 0, NULL, refuse, 0, NULL },
        { "namespace", 0, "NAMESPACE", refuse, 0, NULL },
};

const OwnOptions logs_options = { "logs", rows, ELEMENTSOF(rows), NULL };
