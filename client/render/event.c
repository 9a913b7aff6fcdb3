/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Events, see event.h. */

#include "client/render/event.h"

#include <inttypes.h>

#include "client/account-name.h"
#include "client/reply.h"
#include "client/terminal/text.h"

const char *const event_failures[] = { "failed", "out-of-memory", "dumped-core", "manager-failed", NULL };

/* How each kind is said. What is not in here is a kind that came later: it is shown by its own name. */
static const struct {
        const char *event;
        const char *text;
        Color color;
} kinds[] = {
        { "started", "started", COLOR_GREEN },
        { "stopped", "stopped", COLOR_NONE },
        { "failed", "failed", COLOR_RED },
        { "restarting", "restarting", COLOR_YELLOW },
        { "reloaded", "reloaded", COLOR_GREEN },
        { "skipped", "skipped", COLOR_YELLOW },
        { "out-of-memory", "out of memory", COLOR_RED },
        { "dumped-core", "dumped core", COLOR_RED },
        { "manager-started", "manager started", COLOR_GREEN },
        { "manager-stopped", "manager stopped", COLOR_NONE },
        { "manager-failed", "manager failed", COLOR_RED },
        { "linger-on", "linger on", COLOR_BLUE },
        { "linger-off", "linger off", COLOR_BLUE },
        { "files-changed", "files changed", COLOR_BLUE },
};

Color event_color(json_object *event) {
        const char *name = reply_string(event, "event");

        for (size_t i = 0; i < ELEMENTSOF(kinds); i++)
                if (streq_ptr(kinds[i].event, name))
                        return kinds[i].color;
        return COLOR_NONE;
}

static const char *event_text(json_object *event) {
        const char *name = strempty(reply_string(event, "event"));

        for (size_t i = 0; i < ELEMENTSOF(kinds); i++)
                if (streq(kinds[i].event, name))
                        return kinds[i].text;
        return name;
}

char *event_address(json_object *event) {
        uint64_t uid = reply_u64(event, "uid", UINT64_MAX);
        const char *account = reply_string(event, "account"), *unit = reply_string(event, "unit");
        char *text;

        if (!account && uid < UINT32_MAX)
                account = account_name((uid_t) uid);
        return asprintf(&text, "%s/%s", account ? account : "?", strempty(unit)) < 0 ? NULL : text;
}

/* "exited, status 3", "killed, signal KILL". */
static void print_end(FILE *f, json_object *event) {
        const char *code = reply_string(event, "exit_code"), *status = reply_string(event, "exit_status");

        if (code)
                fputs(code, f);
        if (status)
                fprintf(f, "%s%s %s", code ? ", " : "",
                        code && (streq(code, "killed") || streq(code, "dumped")) ? "signal" : "status",
                        status);
}

static void print_details(FILE *f, json_object *event) {
        const char *result = reply_string(event, "result"), *verb = reply_string(event, "verb");
        bool ended = reply_string(event, "exit_code") || reply_string(event, "exit_status");
        uint64_t restarts = reply_u64(event, "restarts", 0),
                 caller = reply_u64(event, "caller_uid", UINT64_MAX);

        if (streq_ptr(result, "success") && !ended)
                result = NULL;
        if (result || ended) {
                fprintf(f, " (%s%s", strempty(result), result && ended ? ": " : "");
                print_end(f, event);
                fputc(')', f);
        }
        if (restarts > 0)
                fprintf(f, ", restarted %" PRIu64 " time%s", restarts, restarts > 1 ? "s" : "");
        if (verb)
                fprintf(f, ": %s", verb);
        if (caller < UINT32_MAX)
                fprintf(f, " by %s", strempty(account_name((uid_t) caller)));
}

char *event_describe(json_object *event) {
        char *text = NULL;
        size_t size;
        FILE *f;

        f = open_memstream(&text, &size);
        if (!f)
                return NULL;
        fputs(event_text(event), f);
        print_details(f, event);
        if (fclose(f) == 0)
                return text;
        free(text);
        return NULL;
}

int event_print(const Terminal *t, json_object *event) {
        _cleanup_free_ char *address = event_address(event), *what = event_describe(event);
        Color color = event_color(event);
        char when[TEXT_MAX];

        if (!address || !what)
                return -ENOMEM;
        printf("%s %s%s%s: %s%s%s\n", text_timestamp(when, reply_u64(event, "time", 0)),
                terminal_color(t, COLOR_BOLD), address, terminal_normal(t), terminal_color(t, color), what,
                color == COLOR_NONE ? "" : terminal_normal(t));
        return 0;
}
