/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From options to parameters, see query.h. */

#include "client/journal/query.h"

#include <strings.h>

#include "client/message.h"
#include "client/time/timestamp.h"
#include "common/escape.h"
#include "common/strv.h"

/* Lines that the pager begins with at the end, and that -f begins with. */
#define LINES_PAGER  1000
#define LINES_FOLLOW 10

static const char *const priorities[] = { "emerg", "alert", "crit", "err", "warning", "notice", "info",
        "debug" };

/* A priority by its name or number; -EINVAL where it is neither. */
static int find_priority(const char *name, size_t n) {
        for (size_t i = 0; i < ELEMENTSOF(priorities); i++)
                if ((strlen(priorities[i]) == n && memcmp(priorities[i], name, n) == 0) ||
                        (n == 1 && name[0] == (char) ('0' + i)))
                        return (int) i;
        return -EINVAL;
}

int journal_priorities(const char *range, char ***ret) {
        _cleanup_strv_free_ char **names = NULL;
        const char *dots = strstr(range, "..");
        int from = 0, to, r;

        if (dots) {
                from = find_priority(range, (size_t) (dots - range));
                to = find_priority(dots + 2, strlen(dots + 2));
        } else
                to = find_priority(range, strlen(range));
        if (from < 0 || to < 0)
                return -EINVAL;

        for (int i = MIN(from, to); i <= MAX(from, to); i++) {
                r = strv_extend(&names, priorities[i]);
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(names);
        return 0;
}

static int read_priorities(const char *range, Parameters *p) {
        _cleanup_free_ char *safe = NULL;
        int r;

        r = range ? journal_priorities(range, &p->priorities) : 0;
        /* Older ones ask nothing of an entry then, which may have none. */
        if (r >= 0 && strv_length(p->priorities) == ELEMENTSOF(priorities) && !journalctl_is_modern())
                p->priorities = strv_free(p->priorities);
        if (r != -EINVAL)
                return r;
        safe = escape_terminal(range);
        message_error(
                "--priority=: '%s' is no priority and no range FROM..TO of two; there are emerg, alert, crit, err, "
                "warning, notice, info and debug, or 0 to 7.",
                strempty(safe));
        return -EINVAL;
}

static int copy_string(const char *from, char **to) {
        if (!from)
                return 0;
        *to = strdup(from);
        return *to ? 0 : -ENOMEM;
}

/* As the service has it: no "+" before an offset, and "all" is no boot. */
static int read_boot(const LogsOptions *o, Parameters *p) {
        const char *boot = o->boot;
        _cleanup_free_ char *safe = NULL;

        /* Who follows, or looks at the end, means what is going on. */
        if (!boot && (o->follow || o->pager_end))
                boot = "0";
        if (!boot || streq(boot, "all"))
                return 0;
        if (logs_boot_is_valid(boot))
                return copy_string(boot + (*boot == '+'), &p->boot);

        safe = escape_terminal(boot);
        message_error(
                "--boot=: '%s' is no boot: it takes an id, an offset such as -1, or both.", strempty(safe));
        return -EINVAL;
}

static int read_lines(const LogsOptions *o, Parameters *p) {
        _cleanup_free_ char *safe = NULL;

        if (o->no_tail || (o->lines && streq(o->lines, "all")))
                return 0;
        if (!o->lines) {
                if (o->pager_end)
                        p->lines = LINES_PAGER;
                else if (o->follow && !o->since)
                        p->lines = LINES_FOLLOW;
                return 0;
        }
        if (!logs_lines_are_valid(o->lines)) {
                safe = escape_terminal(o->lines);
                message_error("--lines=: '%s' is no number of lines; it takes one, or all.", strempty(safe));
                return -EINVAL;
        }
        if (*o->lines == '+') {
                message_error("--lines=%s: the oldest lines cannot be asked for; pipe through 'head -n %s'.",
                        o->lines, o->lines + 1);
                return -EINVAL;
        }
        p->lines = strtoull(o->lines, NULL, 10);
        return 0;
}

static int read_times(const LogsOptions *o, Parameters *p) {
        int r;

        r = o->since ? timestamp_parse_option("--since=", o->since, &p->since) : 0;
        if (r >= 0 && o->until)
                r = timestamp_parse_option("--until=", o->until, &p->until);
        if (r < 0)
                return r;
        if (o->since && o->until && p->since > p->until) {
                message_error("--since= must be before --until=.");
                return -EINVAL;
        }
        return 0;
}

static int read_pattern(const LogsOptions *o, Parameters *p) {
        static const char *const words[][2] = { { "no", "yes" }, { "false", "true" }, { "0", "1" },
                { "off", "on" }, { "n", "y" }, { "f", "t" } };
        const char *value = o->case_sensitive;

        for (size_t i = 0; value && i < ELEMENTSOF(words); i++) {
                if (strcasecmp(value, words[i][0]) == 0)
                        p->case_insensitive = true;
                if (!*value || strcasecmp(value, words[i][1]) == 0)
                        p->case_sensitive = true;
        }
        if (value && !p->case_sensitive && !p->case_insensitive) {
                message_error("--case-sensitive= takes yes or no, not '%s'.", value);
                return -EINVAL;
        }
        return copy_string(o->grep, &p->grep);
}

static int refuse_contradictions(const Options *o) {
        const LogsOptions *l = &o->logs;

        if (!!l->cursor + !!l->after_cursor + !!l->since > 1) {
                message_error("Please specify only one of --since=, --cursor=, and --after-cursor=.");
                return -EINVAL;
        }
        if (l->follow && o->reverse) {
                message_error("Please specify either --reverse or --follow, not both.");
                return -EINVAL;
        }
        return 0;
}

/* What each entry needs to have, for its format: all, or these. */
static int read_fields(const LogsOptions *o, Parameters *p) {
        static const char *const of_verbose[] = { "_SOURCE_REALTIME_TIMESTAMP", NULL };
        static const char *const of_cat[] = { "PRIORITY", NULL };
        const char *const *fields = journal_mode_fields(o->mode);
        int r;

        if (o->output_fields && !journal_mode_is_short(o->mode)) {
                r = strv_copy(o->output_fields, &p->fields);
                if (r < 0)
                        return r;
                /* Beside them: when, and how bad. */
                fields = o->mode == JOURNAL_VERBOSE ? of_verbose : o->mode == JOURNAL_CAT ? of_cat : NULL;
        }
        for (; fields && *fields; fields++) {
                r = strv_extend(&p->fields, *fields);
                if (r < 0)
                        return r;
        }
        return 0;
}

int journal_query(const Options *o, Parameters *p) {
        const LogsOptions *l = &o->logs;
        int r;

        r = read_lines(l, p);
        if (r >= 0)
                r = read_boot(l, p);
        if (r >= 0)
                r = read_priorities(l->priority, p);
        if (r >= 0)
                r = read_times(l, p);
        if (r >= 0)
                r = read_pattern(l, p);
        if (r >= 0)
                r = refuse_contradictions(o);
        if (r >= 0)
                r = read_fields(l, p);
        if (r >= 0)
                r = copy_string(l->cursor, &p->cursor);
        if (r >= 0)
                r = copy_string(l->after_cursor, &p->after_cursor);
        if (r >= 0 && l->identifiers)
                r = strv_copy(l->identifiers, &p->identifiers);
        if (r < 0)
                return r;

        p->follow = l->follow;
        /* Of the last lines that match, journalctl shows the newest first: it does not know how many there
         * are. */
        p->reverse = o->reverse || (l->grep && p->lines != UNSIGNED_UNSET && !l->follow);
        /* What is too long is shortened here, where it is known how. */
        p->all = o->all || l->mode <= JOURNAL_CAT;
        return 0;
}
