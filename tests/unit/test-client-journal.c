/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What logs prints, against what journalctl of both Debians printed of the same entries
 * (tests/unit/data/journal), and how lines and streams are read.
 */

#include "tests/unit/client-fixture.h"

#include <locale.h>
#include <signal.h>
#include <time.h>

#include "client/journal/stream.h"
#include "client/journal/text.h"
#include "client/render/journal.h"
#include "common/strv.h"

#define JOURNAL_FOLDER SOURCE_ROOT "/tests/unit/data/journal/"

typedef struct Text {
        char *text;
        size_t n;
} Text;

static void text_done(Text *t) {
        free(t->text);
}

static Text read_file(const char *suite, const char *name) {
        _cleanup_free_ char *path = NULL;
        Text t = {};
        FILE *f, *copy;
        int c;

        assert_true(asprintf(&path, JOURNAL_FOLDER "%s/%s", suite, name) > 0);
        f = fopen(path, "re");
        assert_non_null(f);
        copy = open_memstream(&t.text, &t.n);
        while ((c = getc(f)) != EOF)
                putc(c, copy);
        fclose(copy);
        fclose(f);
        return t;
}

/* Prints all lines of a text. */
static Text print_lines(JournalPrinter *p, const char *lines, size_t size) {
        Text t = {};

        p->f = open_memstream(&t.text, &t.n);
        assert_non_null(p->f);
        for (size_t i = 0; i < size;) {
                size_t n = strcspn(lines + i, "\n");

                assert_int_equal(journal_print_line(p, lines + i, n), 0);
                i += n + 1;
        }
        fclose(p->f);
        return t;
}

static void set_zone(const char *zone) {
        setenv("TZ", zone, 1);
        tzset();
}

/* A recording: its name, how it was asked for, and in which zone. */
typedef struct Recording {
        const char *name;
        JournalMode mode;
        const char *zone;
        const char *fields;
        unsigned columns; /* where it was shortened */
        bool all;
        bool utc;
        bool no_hostname;
} Recording;

static const Recording of_entries[] = {
        { "short", JOURNAL_SHORT, "Asia/Kathmandu" },
        { "short-full", JOURNAL_SHORT_FULL, "Asia/Kathmandu" },
        { "short-iso", JOURNAL_SHORT_ISO, "Asia/Kathmandu" },
        { "short-iso-precise", JOURNAL_SHORT_ISO_PRECISE, "Asia/Kathmandu" },
        { "short-precise", JOURNAL_SHORT_PRECISE, "Asia/Kathmandu" },
        { "short-monotonic", JOURNAL_SHORT_MONOTONIC, "Asia/Kathmandu" },
        { "short-delta", JOURNAL_SHORT_DELTA, "Asia/Kathmandu" },
        { "short-unix", JOURNAL_SHORT_UNIX, "Asia/Kathmandu" },
        { "with-unit", JOURNAL_WITH_UNIT, "Asia/Kathmandu" },
        { "cat", JOURNAL_CAT, "UTC" },
        { "short.all", JOURNAL_SHORT, "UTC", .all = true },
        { "short-full.utc", JOURNAL_SHORT_FULL, "Europe/Berlin", .utc = true },
        { "short.no-hostname", JOURNAL_SHORT, "UTC", .no_hostname = true },
        { "short.no-full", JOURNAL_SHORT, "UTC", .columns = 80 },
        { "with-unit.narrow", JOURNAL_WITH_UNIT, "UTC", .columns = 40 },
};

static const Recording of_whole[] = {
        { "verbose", JOURNAL_VERBOSE, "Asia/Kathmandu" },
        { "verbose.no-full", JOURNAL_VERBOSE, "UTC", .columns = 80 },
        { "verbose.all", JOURNAL_VERBOSE, "UTC", .all = true },
        { "verbose.fields", JOURNAL_VERBOSE, "UTC", "FIELD,MESSAGE" },
        { "cat.fields", JOURNAL_CAT, "UTC", "FIELD" },
};

static void replay(const char *suite, bool modern, const char *lines, const Recording *recording) {
        _cleanup_(text_done) Text entries = read_file(suite, lines), expected = {}, printed = {};
        Terminal t = { .utf8 = true, .columns = recording->columns ?: 80 };
        _cleanup_free_ char *name = NULL;
        char *fields[] = { (char *) "FIELD",
                recording->fields && strchr(recording->fields, ',') ? (char *) "MESSAGE" : NULL, NULL };
        JournalPrinter p = JOURNAL_PRINTER_NULL;

        assert_true(asprintf(&name, "%s.txt", recording->name) > 0);
        expected = read_file(suite, name);
        p.terminal = &t;
        p.mode = recording->mode;
        p.modern = modern;
        p.shorten = recording->columns > 0;
        p.all = recording->all;
        p.utc = recording->utc;
        p.no_hostname = recording->no_hostname;
        p.output_fields = recording->fields ? fields : NULL;

        set_zone(recording->zone);
        printed = print_lines(&p, entries.text, entries.n);
        journal_printer_done(&p);
        set_zone("UTC");
        if (printed.n != expected.n || memcmp(printed.text, expected.text, expected.n) != 0)
                fail_msg("%s %s:\n%s", suite, recording->name, printed.text);
}

static void replay_suite(const char *suite, bool modern) {
        for (size_t i = 0; i < ELEMENTSOF(of_entries); i++)
                replay(suite, modern, "entries.json", of_entries + i);
        for (size_t i = 0; i < ELEMENTSOF(of_whole); i++)
                replay(suite, modern, "whole.json", of_whole + i);
}

static void test_recordings(void **state) {
        replay_suite("bookworm", false);
        replay_suite("trixie", true);
}

static int compare_lines(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

/* Its lines in an order, without commas: journalctl's own order of members is that of a hash table. */
static char **sorted_lines(char *text) {
        char **lines = NULL, *state = NULL;

        for (char *line = strtok_r(text, "\n", &state); line; line = strtok_r(NULL, "\n", &state)) {
                size_t n = strlen(line);

                if (n > 0 && line[n - 1] == ',')
                        line[n - 1] = 0;
                assert_int_equal(strv_extend(&lines, line), 0);
        }
        qsort(lines, strv_length(lines), sizeof(*lines), compare_lines);
        return lines;
}

static void test_json_pretty(void **state) {
        static const char *const suites[] = { "bookworm", "trixie" };
        static const char *const wanted[] = { "FIELD", "MESSAGE", "BLOB", "EMPTY", "LINES", "_BOOT_ID" };

        for (size_t i = 0; i < ELEMENTSOF(suites); i++) {
                _cleanup_(text_done) Text entries = read_file(suites[i], "whole.json"), printed = {},
                                          expected = read_file(suites[i], "json-pretty.txt");
                _cleanup_strv_free_ char **a = NULL, **b = NULL;
                JournalPrinter p = JOURNAL_PRINTER_NULL;
                Buffer lines = BUFFER_INIT(SIZE_MAX - 1);
                char *line, *line_state = NULL;

                /* As the service would answer: only these fields, and the addresses. */
                for (line = strtok_r(entries.text, "\n", &line_state); line;
                        line = strtok_r(NULL, "\n", &line_state)) {
                        _cleanup_reply_ json_object *o = NULL;
                        const char *text;

                        assert_int_equal(reply_parse(line, strlen(line), &o), 0);
                        json_object_object_foreach(o, key, value) {
                                bool keep = startswith(key, "__") != NULL;

                                (void) value;
                                for (size_t k = 0; k < ELEMENTSOF(wanted); k++)
                                        keep = keep || streq(wanted[k], key);
                                if (!keep)
                                        json_object_object_del(o, key);
                        }
                        text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_NOSLASHESCAPE);
                        assert_int_equal(buffer_append(&lines, text, strlen(text)), 0);
                        assert_int_equal(buffer_append(&lines, "\n", 1), 0);
                }
                assert_int_equal(buffer_append(&lines, "", 1), 0);

                p.terminal = &plain_terminal;
                p.mode = JOURNAL_JSON_PRETTY;
                printed = print_lines(&p, lines.data, lines.size - 1);
                journal_printer_done(&p);
                buffer_done(&lines);

                a = sorted_lines(printed.text);
                b = sorted_lines(expected.text);
                assert_int_equal(strv_length(a), strv_length(b));
                for (size_t k = 0; a[k]; k++)
                        assert_string_equal(a[k], b[k]);
        }
}

#define ADDRESSES                                                                                           \
        "\"__CURSOR\":\"s=1;i=2\",\"__REALTIME_TIMESTAMP\":\"1000000\",\"__MONOTONIC_TIMESTAMP\":\"5\","

/* One entry in a mode. */
static void assert_printed(
        const Terminal *t, JournalMode mode, bool all, const char *members, const char *expected) {
        _cleanup_free_ char *line = NULL;
        _cleanup_(text_done) Text printed = {};
        JournalPrinter p = JOURNAL_PRINTER_NULL;

        assert_true(asprintf(&line, "{" ADDRESSES "%s}", members) > 0);
        p.terminal = t;
        p.mode = mode;
        p.all = all;
        printed = print_lines(&p, line, strlen(line));
        journal_printer_done(&p);
        assert_string_equal(printed.text, expected);
}

static void test_terminal(void **state) {
        static const Terminal tty = { .tty = true, .utf8 = true, .columns = 80 };

        /* Nothing that a terminal would obey: not even where a pipe gets all. */
        assert_printed(&tty, JOURNAL_SHORT, true, "\"MESSAGE\":[27,91,50,74,97],\"_PID\":\"1\"",
                "Jan 01 00:00:01 unknown[1]: \\x1b[2Ja\n");
        assert_printed(&plain_terminal, JOURNAL_SHORT, true, "\"MESSAGE\":[27,91,50,74,97]",
                "Jan 01 00:00:01 unknown: \x1b[2Ja\n");
        assert_printed(&tty, JOURNAL_SHORT, false, "\"MESSAGE\":[27,91,50,74,97]",
                "Jan 01 00:00:01 unknown: [5B blob data]\n");
        assert_printed(&tty, JOURNAL_CAT, false, "\"MESSAGE\":[27,93,48,7,10,155,0,98]",
                "\\x1b]0\\x07\n\\x9b\\x00b\n");
        assert_printed(&plain_terminal, JOURNAL_CAT, false, "\"MESSAGE\":[27,98]",
                "\x1b"
                "b\n");
        assert_printed(&tty, JOURNAL_SHORT, false, "\"MESSAGE\":\"a\\u202eb\",\"_HOSTNAME\":\"h\\u2066\"",
                "Jan 01 00:00:01 h\\u2066 unknown: a\\u202eb\n");
        assert_printed(&tty, JOURNAL_VERBOSE, false, "\"MESSAGE\":\"a\\u202e\"",
                "Thu 1970-01-01 00:00:01.000000 UTC [s=1;i=2]\n    MESSAGE=a\\u202e\n");
        assert_printed(&color_terminal, JOURNAL_SHORT, false, "\"MESSAGE\":\"a\\nb\",\"PRIORITY\":\"3\"",
                "Jan 01 00:00:01 unknown: \x1b[0;1;31ma\x1b[0m\n                 \x1b[0;1;31mb\x1b[0m\n");
}

static void test_entry(void **state) {
        static const char *const broken[] = { "", "{", "[]", "{\"A\":1}", "{\"A\":{}}", "{\"A\":[{}]}",
                "{\"A\":[1,\"x\"]}", "{\"A\":[\"x\",1]}", "{\"A\":[256]}", "{\"A\":[-1]}", "{\"A\":[[[1]]]}",
                "{\"A\":true}", "{\"A\":\"x\",\"A\":\"y\"}", "{\"A\":\"x\"} {}", "{\"A\":[1.5]}" };
        JournalEntry entry = JOURNAL_ENTRY_NULL;
        const JournalField *field;
        const char *line;

        for (size_t i = 0; i < ELEMENTSOF(broken); i++)
                if (journal_entry_parse(&entry, broken[i], strlen(broken[i])) >= 0)
                        fail_msg("%s", broken[i]);

        line = "{\"A\":\"x\\ny\",\"B\":[1,2,0],\"C\":[\"one\",[3],null],\"D\":null,\"E\":[],\"N\":\"18446744073709551615\","
               "\"M\":\"18446744073709551616\",\"__X\":\"\"}";
        assert_int_equal(journal_entry_parse(&entry, line, strlen(line)), 0);
        assert_int_equal(entry.n, 10);
        field = journal_entry_first(&entry, "A");
        assert_int_equal(field->kind, JOURNAL_TEXT);
        assert_string_equal(journal_field_value(&entry, field), "x\ny");
        field = journal_entry_first(&entry, "B");
        assert_int_equal(field->kind, JOURNAL_BYTES);
        assert_int_equal(field->length, 3);
        assert_memory_equal(journal_field_value(&entry, field), "\1\2\0", 3);
        assert_false(field->repeated);
        field = journal_entry_first(&entry, "C");
        assert_string_equal(journal_field_value(&entry, field), "one");
        assert_true(field->repeated);
        assert_int_equal(field[1].kind, JOURNAL_BYTES);
        assert_ptr_equal(journal_entry_last(&entry, "C"), field + 2);
        assert_int_equal(field[2].kind, JOURNAL_NONE);
        assert_int_equal(journal_entry_first(&entry, "E")->length, 0);
        assert_null(journal_entry_first(&entry, "F"));
        assert_true(journal_field_is_address(&entry, journal_entry_first(&entry, "__X")));

        assert_true(journal_entry_number(&entry, "N", &(uint64_t){ 0 }));
        assert_false(journal_entry_number(&entry, "M", &(uint64_t){ 0 }));
        assert_false(journal_entry_number(&entry, "A", &(uint64_t){ 0 }));
        journal_entry_done(&entry);
}

static void test_boots(void **state) {
        static const char lines[] = "{" ADDRESSES "\"_BOOT_ID\":\"aa\",\"MESSAGE\":\"1\"}\n"
                                    "{" ADDRESSES "\"_BOOT_ID\":\"aa\",\"MESSAGE\":\"2\"}\n"
                                    "{" ADDRESSES "\"_BOOT_ID\":\"bb\",\"MESSAGE\":\"3\"}\n";
        _cleanup_(text_done) Text printed = {};
        JournalPrinter p = JOURNAL_PRINTER_NULL;

        p.terminal = &plain_terminal;
        printed = print_lines(&p, lines, strlen(lines));
        journal_printer_done(&p);
        assert_string_equal(printed.text,
                "Jan 01 00:00:01 unknown: 1\nJan 01 00:00:01 unknown: 2\n-- Boot bb --\n"
                "Jan 01 00:00:01 unknown: 3\n");
}

/* ---- streams ---- */

typedef struct Taken {
        FILE *entries;
        FILE *others;
} Taken;

static int take_entries(const char *text, size_t n, void *userdata) {
        assert_int_equal(fwrite(text, 1, n, ((Taken *) userdata)->entries), n);
        return 0;
}

static int take_other(const char *line, size_t n, void *userdata) {
        fprintf(((Taken *) userdata)->others, "%.*s|", (int) n, line);
        return startswith(line, "{\"end\"") ? 1 : 0;
}

/* Sends a text in pieces of a size through a pipe. */
static int read_stream(const char *text, size_t piece, bool pieces, Text *entries, Text *others) {
        Taken taken = { .entries = open_memstream(&entries->text, &entries->n),
                .others = open_memstream(&others->text, &others->n) };
        JournalStream stream = {
                .entries = take_entries, .other = take_other, .userdata = &taken, .pieces = pieces
        };
        int fds[2], r;
        pid_t pid;

        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                close(fds[0]);
                for (size_t i = 0, n = strlen(text); i < n; i += piece) {
                        if (write(fds[1], text + i, MIN(piece, n - i)) < 0)
                                break;
                        usleep(200);
                }
                _exit(0);
        }
        close(fds[1]);
        r = journal_stream_read(&stream, fds[0]);
        close(fds[0]);
        fclose(taken.entries);
        fclose(taken.others);
        return r;
}

static void test_stream(void **state) {
        static const char text[] =
                "{\"account\":\"x\",\"error\":{}}\n{\"__CURSOR\":\"1\"}\n{\"__CURSOR\":\"{\\\"end\\\":\"}\n"
                "{\"error\":{}}\n{\"__CURSOR\":\"3\"}\n{\"end\":{}}\n{\"__CURSOR\":\"never\"}\n";
        static const size_t sizes[] = { 1, 7, 16, 17, 40, 1000 };

        for (size_t i = 0; i < 2 * ELEMENTSOF(sizes); i++) {
                _cleanup_(text_done) Text entries = {}, others = {};

                assert_int_equal(read_stream(text, sizes[i / 2], i % 2, &entries, &others), 0);
                assert_string_equal(entries.text,
                        "{\"__CURSOR\":\"1\"}\n{\"__CURSOR\":\"{\\\"end\\\":\"}\n{\"__CURSOR\":\"3\"}\n");
                assert_string_equal(
                        others.text, "{\"account\":\"x\",\"error\":{}}|{\"error\":{}}|{\"end\":{}}|");
        }
}

static void test_stream_breaks_off(void **state) {
        _cleanup_(text_done) Text entries = {}, others = {};

        assert_int_equal(
                read_stream("{\"__CURSOR\":\"1\"}\n{\"__CUR", 1000, false, &entries, &others), -EPIPE);
        assert_string_equal(entries.text, "{\"__CURSOR\":\"1\"}\n");
}

static void raise_soon(int number) {
        if (fork() == 0) {
                usleep(100 * 1000);
                (void) kill(getppid(), number);
                _exit(0);
        }
}

static void test_stream_follow(void **state) {
        JournalStream stream = { .entries = take_entries, .other = take_other, .follow = true };
        int fds[2];

        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        raise_soon(SIGINT);
        assert_int_equal(journal_stream_read(&stream, fds[0]), SIGINT);
        close(fds[0]);
        close(fds[1]);
}

static void assert_shortened(const char *text, size_t columns, unsigned percent, const char *expected) {
        _cleanup_free_ char *s =
                journal_text_ellipsize(&plain_terminal, text, strlen(text), columns, percent);

        assert_string_equal(s, expected);
}

static void test_shorten(void **state) {
        assert_shortened("abcdefghij", 10, 90, "abcdefghij");
        assert_shortened("abcdefghijk", 10, 100, "abcdefghi…");
        assert_shortened("abcdefghijk", 10, 50, "abcde…hijk");
        assert_shortened("漢字漢字漢字", 7, 100, "漢字漢…");
        assert_shortened("漢字漢字漢字", 6, 100, "漢字…");
        assert_shortened("abc", 0, 100, "…");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_recordings),
                cmocka_unit_test(test_json_pretty),
                cmocka_unit_test(test_terminal),
                cmocka_unit_test(test_entry),
                cmocka_unit_test(test_boots),
                cmocka_unit_test(test_stream),
                cmocka_unit_test(test_stream_breaks_off),
                cmocka_unit_test(test_stream_follow),
                cmocka_unit_test(test_shorten),
        };

        set_zone("UTC");
        if (!setlocale(LC_CTYPE, "C.UTF-8"))
                return 77;
        return cmocka_run_group_tests(tests, NULL, NULL);
}
