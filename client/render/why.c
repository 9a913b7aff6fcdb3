/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The story of a unit, see why.h. */

#include "client/render/why.h"

#include <inttypes.h>

#include "client/render/event.h"
#include "client/render/history.h"
#include "client/render/unit.h"
#include "client/reply.h"
#include "client/terminal/text.h"

/* ---- will it start? ---- */

/* "a, b and c" of the strings of an array; NULL: none, or no memory. */
static char *enumerate(json_object *array) {
        size_t n = reply_length(array);
        char *text = NULL;

        for (size_t i = 0; i < n; i++) {
                char *longer;

                if (asprintf(&longer, "%s%s%s", strempty(text),
                            i == 0              ? ""
                                    : i + 1 < n ? ", "
                                                : " and ",
                            strempty(reply_item_string(array, i))) < 0) {
                        free(text);
                        return NULL;
                }
                free(text);
                text = longer;
        }
        return text;
}

static json_object *make_boot(const char *starts, const char *why) {
        json_object *boot = json_object_new_object();

        if (boot && json_object_object_add(boot, "starts", json_object_new_string(starts)) == 0 &&
                json_object_object_add(boot, "why", json_object_new_string(why)) == 0)
                return boot;
        json_object_put(boot);
        return NULL;
}

/* What pulls it in when the manager starts, or starts it later. */
static void find_starters(json_object *install, char **ret_pulled, char **ret_triggered) {
        static const char *const pulling[] = { "WantedBy", "RequiredBy", "UpheldBy" };
        char *pulled = NULL;

        for (size_t i = 0; i < ELEMENTSOF(pulling) && !pulled; i++)
                pulled = enumerate(reply_array(install, pulling[i]));
        *ret_pulled = pulled;
        *ret_triggered = enumerate(reply_array(install, "TriggeredBy"));
}

/* The sentence about the unit alone, as if its manager were started at boot. */
static const char *judge_unit(const char *state, const char *load, const char *pulled, const char *triggered,
        char **ret_sentence) {
        const char *starts = "no";
        char *text;
        int n;

        if (streq_ptr(load, "not-found"))
                n = asprintf(&text, "there is no such unit");
        else if (streq_ptr(load, "masked") || streq_ptr(state, "masked") ||
                streq_ptr(state, "masked-runtime"))
                n = asprintf(&text, "it is masked");
        else if (streq_ptr(state, "transient"))
                n = asprintf(&text, "it is transient, and not there after a boot");
        else if (pulled && streq_ptr(state, "enabled-runtime"))
                n = asprintf(&text, "it is enabled until the next boot only (%s)", pulled);
        else if (pulled) {
                starts = "yes";
                n = asprintf(&text, "%s%s%s", pulled, strstr(pulled, " and ") ? " want it" : " wants it",
                        streq_ptr(state, "enabled") ? " (enabled)" : "");
        } else if (triggered) {
                starts = "on demand";
                n = asprintf(&text, "%s can start it", triggered);
        } else if (streq_ptr(state, "disabled"))
                n = asprintf(&text, "it is disabled, and nothing else wants it");
        else if (streq_ptr(state, "static"))
                n = asprintf(&text, "it cannot be enabled (no [Install] section), and nothing wants it");
        else if (streq_ptr(state, "enabled")) {
                starts = "yes";
                n = asprintf(&text, "it is enabled");
        } else {
                starts = state ? "no" : "unknown";
                n = asprintf(&text, state ? "nothing wants it (%s)" : "its unit file could not be looked at",
                        strempty(state));
        }
        *ret_sentence = n < 0 ? NULL : text;
        return starts;
}

json_object *why_boot(json_object *story) {
        json_object *install = reply_object(story, "install"), *manager = reply_object(story, "manager"),
                    *state = reply_object(reply_object(story, "state"), "properties");
        _cleanup_free_ char *pulled = NULL, *triggered = NULL, *sentence = NULL, *text = NULL;
        bool linger = reply_boolean(manager, "linger", false);
        const char *starts;
        int n;

        find_starters(install, &pulled, &triggered);
        starts = judge_unit(reply_string(install, "UnitFileState"), reply_string(state, "LoadState"), pulled,
                triggered, &sentence);
        if (!sentence)
                return NULL;
        if (streq(starts, "no") || streq(starts, "unknown"))
                return make_boot(starts, sentence);

        if (!manager)
                n = asprintf(&text, "%s; whether the account lingers could not be looked at", sentence);
        else if (linger)
                n = asprintf(&text, "%s, and the account lingers", sentence);
        else
                n = asprintf(&text,
                        "the account does not linger: its manager starts with its first session, and then %s",
                        sentence);
        return n < 0 ? NULL : make_boot(!manager ? "unknown" : linger ? starts : "no", text);
}

/* ---- the page ---- */

typedef struct Page {
        Client *client;
        const Terminal *t;
        json_object *story;
} Page;

static void print_title(const Page *p, const char *title) {
        printf("\n%s%s%s\n", terminal_color(p->t, COLOR_BOLD), title, terminal_normal(p->t));
}

/* Why a part is not there. */
static const char *unseen(const Page *p, const char *part) {
        json_object *parts = reply_array(p->story, "unseen");

        for (size_t i = 0; i < reply_length(parts); i++)
                if (streq_ptr(reply_string(reply_item(parts, i), "part"), part))
                        return strempty(reply_string(reply_item(parts, i), "error"));
        return NULL;
}

/* Begins a part that is a list. Returns how many items it has; of none it says so, or why. */
static size_t begin_list(const Page *p, const char *title, const char *part, const char *none) {
        size_t n = reply_length(reply_array(p->story, part));
        const char *why = unseen(p, part);

        if (n == 0 && !why && !none)
                return 0;
        print_title(p, title);
        if (n == 0)
                printf("  %s%s%s\n", terminal_color(p->t, COLOR_GREY), why ? why : none,
                        terminal_normal(p->t));
        return n;
}

static bool is_time(uint64_t usec) {
        return usec > 0 && usec != UINT64_MAX;
}

static uint64_t state_since(json_object *properties, const char *active) {
        const char *name = state_color(active) == COLOR_GREEN ? "ActiveEnterTimestamp"
                : streq_ptr(active, "activating")             ? "InactiveExitTimestamp"
                : streq_ptr(active, "deactivating")           ? "ActiveExitTimestamp"
                                                              : "InactiveEnterTimestamp";

        return reply_u64(properties, name, 0);
}

static void print_state(const Page *p) {
        json_object *properties = reply_object(reply_object(p->story, "state"), "properties");
        const char *active = reply_string(properties, "ActiveState"),
                   *sub = reply_string(properties, "SubState"), *result = reply_string(properties, "Result"),
                   *why = unseen(p, "state"), *load = reply_string(properties, "LoadState"),
                   *description = reply_string(properties, "Description"),
                   *manager = reply_string(reply_object(p->story, "manager"), "manager");
        uint64_t since = state_since(properties, active);
        char when[TEXT_MAX], ago[TEXT_MAX];
        Color color = state_color(active);

        printf("%s%s%s %s%s/%s%s", terminal_color(p->t, color), terminal_glyph(p->t, state_glyph(active)),
                color == COLOR_NONE ? "" : terminal_normal(p->t), terminal_color(p->t, COLOR_BOLD),
                strempty(reply_string(p->story, "account")), strempty(reply_string(p->story, "unit")),
                terminal_normal(p->t));
        if (description && !streq_ptr(description, reply_string(p->story, "unit")))
                printf(" - %s", description);
        putchar('\n');
        if (!properties) {
                printf("  %s%s%s\n", terminal_color(p->t, COLOR_GREY), why ? why : "nothing is known of it",
                        terminal_normal(p->t));
                return;
        }

        printf("  It is %s%s%s%s%s%s", terminal_color(p->t, color), strempty(active),
                color == COLOR_NONE ? "" : terminal_normal(p->t), sub && !streq_ptr(sub, active) ? " (" : "",
                sub && !streq_ptr(sub, active) ? sub : "", sub && !streq_ptr(sub, active) ? ")" : "");
        if (result && !streq(result, "success"))
                printf(", with the result %s", result);
        if (is_time(since))
                printf(", since %s; %s", text_timestamp(when, since), text_relative(ago, since, text_now()));
        putchar('\n');
        if (manager && !streq(manager, "running"))
                printf("  Its service manager is %s\n", manager);
        if (load && !streq(load, "loaded"))
                printf("  Its unit file is %s%s%s\n", terminal_color(p->t, COLOR_RED), load,
                        terminal_normal(p->t));
        if (reply_boolean(properties, "NeedDaemonReload", false))
                printf("  Its files changed since the manager read them: daemon-reload is needed\n");
}

static void print_boot(const Page *p) {
        json_object *boot = reply_object(p->story, "boot");
        const char *starts = strempty(reply_string(boot, "starts"));
        Color color = streq(starts, "yes") ? COLOR_GREEN : streq(starts, "no") ? COLOR_YELLOW : COLOR_NONE;

        print_title(p, "At the next boot");
        printf("  %s%s%s: %s\n", terminal_color(p->t, color),
                streq(starts, "yes")                 ? "starts"
                        : streq(starts, "no")        ? "does not start"
                        : streq(starts, "on demand") ? "starts on demand"
                                                     : "unknown",
                color == COLOR_NONE ? "" : terminal_normal(p->t), strempty(reply_string(boot, "why")));
}

static void print_timers(const Page *p) {
        json_object *timers = reply_array(p->story, "timers");
        size_t n = begin_list(p, "Next", "timers", NULL);
        char when[TEXT_MAX], left[TEXT_MAX];

        for (size_t i = 0; i < n; i++) {
                json_object *timer = reply_item(timers, i);
                uint64_t next = reply_u64(timer, "next", 0), last = reply_u64(timer, "last", 0);

                printf("  %s: ", strempty(reply_string(timer, "unit")));
                if (is_time(next))
                        printf("%s, %s", text_timestamp(when, next), text_relative(left, next, text_now()));
                else
                        printf("does not elapse");
                if (is_time(last))
                        printf(" (last %s)", text_relative(left, last, text_now()));
                putchar('\n');
        }
}

static void print_events(const Page *p) {
        json_object *events = reply_array(p->story, "events");
        size_t n = begin_list(p, "What happened", "events", "nothing that the journal knows of");
        char when[TEXT_MAX];

        for (size_t i = 0; i < n; i++) {
                json_object *event = reply_item(events, i);
                _cleanup_free_ char *what = event_describe(event);
                Color color = event_color(event);

                printf("  %s  %s%s%s\n", text_timestamp(when, reply_u64(event, "time", 0)),
                        terminal_color(p->t, color), strempty(what),
                        color == COLOR_NONE ? "" : terminal_normal(p->t));
        }
}

static void print_history(const Page *p, const char *title, const char *part, const char *none) {
        json_object *rows = reply_array(p->story, part);
        size_t n = begin_list(p, title, part, none);
        char when[TEXT_MAX];

        for (size_t i = 0; i < n; i++) {
                json_object *row = reply_item(rows, i);
                const char *verdict = strempty(reply_string(row, "verdict"));
                _cleanup_free_ char *result = NULL;
                Color color;

                result = history_result_text(row, &color);
                printf("  %s  %s: %s%s%s%s%s%s%s\n", text_timestamp(when, reply_u64(row, "time", 0)),
                        strempty(reply_string(row, "caller_name")), strempty(reply_string(row, "verb")),
                        streq(verdict, "granted") ? "" : ", ", streq(verdict, "granted") ? "" : verdict,
                        isempty(result) ? "" : ", ", terminal_color(p->t, color), strempty(result),
                        color == COLOR_NONE ? "" : terminal_normal(p->t));
        }
}

/* A line of the log: the text as the journal has it, or how long it is where it is no text; as journalctl.
 */
static void print_entry(const Page *p, json_object *entry, Color color) {
        const char *time = reply_string(entry, "__REALTIME_TIMESTAMP"),
                   *message = reply_string(entry, "MESSAGE"),
                   *name = reply_string(entry, "SYSLOG_IDENTIFIER");
        json_object *bytes = reply_array(entry, "MESSAGE");
        char when[TEXT_MAX];

        printf("  %s  %s%s%s", text_timestamp(when, time ? strtoull(time, NULL, 10) : 0), strempty(name),
                name ? ": " : "", terminal_color(p->t, color));
        if (bytes)
                printf("[%zuB blob data]", reply_length(bytes));
        else
                fputs(strempty(message), stdout);
        printf("%s\n", color == COLOR_NONE ? "" : terminal_normal(p->t));
}

static void print_entries(
        const Page *p, const char *title, const char *part, const char *none, Color color) {
        json_object *entries = reply_array(p->story, part);
        size_t n = begin_list(p, title, part, none);

        for (size_t i = 0; i < n; i++)
                print_entry(p, reply_item(entries, i), color);
}

static void print_proofs(const Page *p) {
        json_object *proofs = reply_array(p->story, "proofs");
        size_t n = begin_list(p, "Proofs", "proofs", NULL);

        for (size_t i = 0; i < n; i++) {
                json_object *proof = reply_item(proofs, i);
                const char *result = strempty(reply_string(proof, "result")),
                           *evidence = reply_string(proof, "evidence");
                Color color = streq(result, "pass") ? COLOR_GREEN
                        : streq(result, "not-run")  ? COLOR_NONE
                                                    : COLOR_RED;

                printf("  %s%s%s  %s%s%s\n", terminal_color(p->t, color), result,
                        color == COLOR_NONE ? "" : terminal_normal(p->t),
                        strempty(reply_string(proof, "proof")), evidence ? ": " : "", strempty(evidence));
        }
}

void why_print(Client *c, json_object *story) {
        Page p = { .client = c, .t = &c->terminal, .story = story };

        print_state(&p);
        print_boot(&p);
        print_timers(&p);
        print_events(&p);
        print_history(&p, "Who did what", "history", "nobody did anything to it through this service");
        print_history(&p, "Changes of its files", "files", NULL);
        print_entries(&p, "Last errors", "errors", "none", COLOR_RED);
        print_entries(&p, "Last lines", "lines", "none", COLOR_NONE);
        print_proofs(&p);
}
