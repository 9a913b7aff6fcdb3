/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What units have written and what was said about them: logs. */

#include "client/verb/logs.h"

#include <signal.h>

#include "client/hint.h"
#include "client/journal/query.h"
#include "client/journal/stream.h"
#include "client/message.h"
#include "client/reply.h"
#include "client/target.h"
#include "client/verbs.h"
#include "common/escape.h"
#include "common/strv.h"

/* The output is a whole block each time. */
#define OUTPUT_SIZE (64U * 1024U)

/* What a run keeps. */
typedef struct LogsRun {
        JournalPrinter printer;
        StreamHandler take; /* of the lines that are no entries */
        void *taker;
        char *cursor; /* of the last entry, where it is wanted */
        bool show_cursor;
        bool follow;
        bool blank; /* an empty line stands before the first */
        bool any;   /* an entry has come */
        bool ended; /* by the last line */
        int number; /* of the signal that ended it */
        size_t n_unreadable;
} LogsRun;

static void logs_run_done(LogsRun *run) {
        journal_printer_done(&run->printer);
        free(run->cursor);
}

/* The value of __CURSOR, out of a line that has not been parsed. */
static void keep_cursor_of_line(LogsRun *run, const char *line, size_t n) {
        static const char mark[] = "\"__CURSOR\":\"";
        const char *begin = memmem(line, n, mark, strlen(mark)), *end;

        if (!begin)
                return;
        begin += strlen(mark);
        end = memchr(begin, '"', n - (size_t) (begin - line));
        if (!end)
                return;
        free(run->cursor);
        run->cursor = escape_terminal_n(begin, (size_t) (end - begin));
}

static void keep_cursor(LogsRun *run) {
        const JournalField *field = journal_entry_first(&run->printer.entry, "__CURSOR");

        if (!field)
                return;
        free(run->cursor);
        run->cursor = escape_terminal_n(journal_field_value(&run->printer.entry, field), field->length);
}

/* As it came: on a terminal what is invisible there is written as JSON can write it too. */
static int copy_entries(LogsRun *run, const char *text, size_t n) {
        journal_put(&run->printer, text, n);
        run->any = true;
        if (run->show_cursor) {
                const char *line = memrchr(text, '\n', n - 1);

                line = line ? line + 1 : text;
                keep_cursor_of_line(run, line, n - (size_t) (line - text));
        }
        return 0;
}

static int print_entries(const char *text, size_t n, void *userdata) {
        LogsRun *run = userdata;

        if (run->printer.mode == JOURNAL_JSON)
                return copy_entries(run, text, n);

        for (size_t begin = 0; begin < n;) {
                const char *newline = memchr(text + begin, '\n', n - begin);
                size_t end = newline ? (size_t) (newline - text) : n;
                int r;

                if (run->blank && !run->any)
                        putc('\n', run->printer.f);
                run->any = true;
                r = journal_print_line(&run->printer, text + begin, end - begin);
                if (r == -ENOMEM)
                        return r;
                /* One that cannot be read must not take the others along. */
                if (r < 0)
                        run->n_unreadable++;
                else if (run->show_cursor)
                        keep_cursor(run);
                begin = end + 1;
        }
        return ferror(run->printer.f) ? -ECANCELED : 0;
}

static int take_other(const char *line, size_t n, void *userdata) {
        LogsRun *run = userdata;
        int r;

        r = run->take(line, n, run->taker);
        run->ended = run->ended || r > 0;
        return r;
}

static void flush_output(void *userdata) {
        LogsRun *run = userdata;

        (void) fflush(run->printer.f);
}

static int read_stream(Client *c, int fd, StreamHandler take, void *taker, void *userdata) {
        LogsRun *run = userdata;
        JournalStream stream = {
                .entries = print_entries,
                .other = take_other,
                .pause = run->follow ? flush_output : NULL,
                .userdata = run,
                .pieces = run->printer.mode == JOURNAL_JSON && !c->terminal.tty && !run->show_cursor,
                .follow = run->follow,
        };
        int r;

        run->take = take;
        run->taker = taker;
        r = journal_stream_read(&stream, fd);
        if (r > 0)
                run->number = r;
        /* Whoever read this has left. */
        return r > 0 || r == -ECANCELED ? 0 : r;
}

/* journald keeps what is said while it is away for as long as it can, and nothing of it can be read. */
static int look_at_end(Client *c, json_object *end, void *userdata) {
        if (!reply_boolean(end, "journald", true) && !c->options.quiet)
                message_note(
                        "systemd-journald does not answer: this is what it wrote before; \"systemctl status "
                        "systemd-journald\" says why.");
        return EXIT_CODE_OK;
}

static void init_printer(const Client *c, JournalPrinter *p) {
        const LogsOptions *l = &c->options.logs;

        p->f = stdout;
        p->terminal = &c->terminal;
        p->mode = l->mode;
        p->output_fields = l->output_fields;
        p->all = c->options.all;
        p->shorten = l->no_full;
        p->utc = l->utc;
        p->no_hostname = l->no_hostname;
        p->truncate_newline = l->truncate_newline;
        p->quiet = c->options.quiet || l->mode >= JOURNAL_CAT;
        p->modern = journalctl_is_modern();
}

/* What stands behind the last entry. */
static int finish(Client *c, LogsRun *run, const Parameters *p, char *const *words, int exit_code) {
        bool good = exit_code == EXIT_CODE_OK || exit_code == EXIT_CODE_INCOMPLETE;

        if (!run->any && good && run->ended && !run->follow && !run->printer.quiet)
                puts("-- No entries --");
        if (run->cursor)
                printf("-- cursor: %s\n", run->cursor);
        if (run->n_unreadable > 0) {
                message_error("%zu entries cannot be read and are left out.", run->n_unreadable);
                exit_code = exit_code_merge(exit_code, EXIT_CODE_INCOMPLETE);
        }
        if (!run->any && good && !run->follow)
                (void) hint_words(c, words);
        /* As of grep(1). */
        if (p->grep && !run->any && exit_code == EXIT_CODE_OK && run->number == 0)
                return EXIT_CODE_FAILURE;
        return exit_code;
}

/* Arguments that are journalctl's. */
static bool words_are_units(char *const *words) {
        STRV_FOREACH(word, words) {
                _cleanup_free_ char *safe = NULL;

                if (!strchr(*word, '=') && !streq(*word, "+"))
                        continue;
                safe = escape_terminal(*word);
                message_error(
                        "'%s' is a match of journalctl's; write [ACCOUNT/]UNIT, and -t, -p or -g to choose among its lines.",
                        strempty(safe));
                return false;
        }
        return true;
}

static int make_request(Client *c, char *const *words, Request *ret) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        int exit_code, r;

        if (!words_are_units(words))
                return EXIT_CODE_INVALID;
        exit_code = request_init(c, METHOD_LOGS_READ, words, TARGET_PATTERNS, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        /* What journalctl fails for is its 1. */
        r = journal_query(&c->options, &q.parameters);
        if (r < 0)
                return r == -EINVAL ? EXIT_CODE_FAILURE : message_errno(r);
        q.read_stream = read_stream;
        q.on_header = look_at_end;

        *ret = q;
        q = REQUEST_NULL;
        return EXIT_CODE_OK;
}

int verb_logs(Client *c, const Verb *verb, char **arguments) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        _cleanup_(logs_run_done) LogsRun run = { .printer = JOURNAL_PRINTER_NULL };
        _cleanup_strv_free_ char **words = NULL;
        const LogsOptions *l = &c->options.logs;
        int exit_code, r = 0;

        if (arguments[0])
                r = strv_copy(arguments, &words);
        STRV_FOREACH(unit, l->units)
                r = r < 0 ? r : strv_extend(&words, *unit);
        if (r < 0)
                return message_errno(r);
        exit_code = make_request(c, words, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;

        init_printer(c, &run.printer);
        run.follow = l->follow;
        run.show_cursor = l->show_cursor;
        if (!l->follow && !c->options.no_pager) {
                if (l->pager_end)
                        pager_open_at_end(&c->pager, &c->terminal);
                else
                        pager_open(&c->pager, &c->terminal);
        }
        (void) setvbuf(stdout, NULL, _IOFBF, OUTPUT_SIZE);

        exit_code = request_run(c, &q, NULL, &run);
        /* A pattern that does not compile, a cursor that is none. */
        if (exit_code == EXIT_CODE_INVALID)
                exit_code = EXIT_CODE_FAILURE;
        exit_code = finish(c, &run, &q.parameters, words, exit_code);
        if (run.number > 0) {
                /* Whoever waits for this sees what ended it. */
                (void) fflush(stdout);
                (void) raise(run.number);
        }
        return exit_code;
}

int logs_print_last(Client *c, const Account *account, const char *unit, uint64_t since, uint64_t lines) {
        _cleanup_(request_done) Request q = { .method = method_get(METHOD_LOGS_READ),
                .parameters = PARAMETERS_NULL,
                .read_stream = read_stream,
                .silent = true };
        _cleanup_(logs_run_done) LogsRun run = { .printer = JOURNAL_PRINTER_NULL, .blank = true };
        const char *const *fields = journal_mode_fields(JOURNAL_SHORT);
        bool may_ask = !c->options.no_ask_password;
        int exit_code, r = 0;

        if (account->uid != (uid_t) -1) {
                char uid[16];

                snprintf(uid, sizeof(uid), "%u", account->uid);
                r = strv_extend(&q.parameters.accounts, uid);
        }
        if (r >= 0)
                r = strv_extend(&q.parameters.units, unit);
        for (; r >= 0 && *fields; fields++)
                r = strv_extend(&q.parameters.fields, *fields);
        if (r >= 0) {
                q.parameters.boot = strdup("0");
                r = q.parameters.boot ? 0 : -ENOMEM;
        }
        if (r < 0)
                return EXIT_CODE_FAILURE;
        q.parameters.all = true;
        q.parameters.lines = lines;
        if (since > 0)
                q.parameters.since = since;

        init_printer(c, &run.printer);
        run.printer.mode = JOURNAL_SHORT;
        run.printer.quiet = true;
        /* As of the lines above it: on a terminal without a pager. */
        run.printer.shorten = c->terminal.tty && c->pager.pid == 0 && !c->options.full;

        c->options.no_ask_password = true;
        exit_code = request_run(c, &q, NULL, &run);
        c->options.no_ask_password = !may_ask;
        return exit_code;
}
