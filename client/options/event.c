/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The options of watch, events, wait and history, see event.h. */

#include "client/options/event.h"

#include "client/message.h"
#include "client/options/own.h"
#include "common/strv.h"
#include "common/time-span.h"

const char *const wait_goals[] = {
        [WAIT_ACTIVE] = "active",
        [WAIT_INACTIVE] = "inactive",
        [WAIT_FAILED] = "failed",
        [WAIT_PROOF] = "proof",
        [_WAIT_GOAL_MAX] = NULL,
};

void event_options_done(EventOptions *o) {
        free(o->after_cursor);
        free(o->since);
        free(o->until);
        strv_free(o->events);
        strv_free(o->callers);
        strv_free(o->verbs);
        strv_free(o->verdicts);
        strv_free(o->command);
        *o = (EventOptions){};
}

static int add_words(const OptionRow *row, Options *o, const char *value) {
        return option_add_words(option_member(row, o), value);
}

static int set_goal(const OptionRow *row, Options *o, const char *value) {
        for (WaitGoal goal = 0; goal < _WAIT_GOAL_MAX; goal++)
                if (streq(wait_goals[goal], value)) {
                        o->event.goal = goal;
                        o->event.goal_given = true;
                        return 0;
                }
        message_error("--for= takes active, inactive, failed or proof, not '%s'.", value);
        return -EINVAL;
}

static int set_timeout(const OptionRow *row, Options *o, const char *value) {
        uint64_t usec;

        if (time_span_parse(value, USEC_PER_SEC, &usec) >= 0 && usec > 0) {
                o->event.timeout_usec = usec == TIME_SPAN_INFINITY ? 0 : usec;
                return 0;
        }
        message_error("--timeout= takes a time such as 30, 90s, 5min or infinity, not '%s'.", value);
        return -EINVAL;
}

/* What stands behind it has been taken away before options are looked at. */
static int refuse_command(const OptionRow *row, Options *o, const char *value) {
        message_error("--exec takes a command behind it, and nothing stands behind that.");
        return -EINVAL;
}

static int set_lines(const OptionRow *row, Options *o, const char *value) {
        if (!*value || value[strspn(value, "0123456789")] || strlen(value) > 9) {
                message_error("--lines= takes a number, not '%s'.", value);
                return -EINVAL;
        }
        return option_set_string(row, o, value);
}

#define EVENT_FLAG(n, l, m, text)                                                                           \
        { n, l, NULL, option_set_flag, offsetof(Options, event.m), text }
#define EVENT_STRING(n, l, arg, m, text)                                                                    \
        { n, l, arg, option_set_string, offsetof(Options, event.m), text }
#define EVENT_WORDS(n, arg, m, text)                                                                        \
        { n, 0, arg, add_words, offsetof(Options, event.m), text }

#define ROW_EVENTS EVENT_WORDS("events", "EVENT,...", events, "Only events of these kinds")
#define ROW_FAILED                                                                                          \
        EVENT_FLAG("failed", 0, failed, "Only what went wrong: failed, out of memory, dumped core")
#define ROW_AFTER_CURSOR                                                                                    \
        EVENT_STRING("after-cursor", 0, "CURSOR", after_cursor, "Only what came after that place")
#define ROW_PAST                                                                                            \
        EVENT_STRING("since", 'S', "TIME", since, "Not before that time"),                                  \
                EVENT_STRING("until", 'U', "TIME", until, "Not after that time"),                           \
                { "lines", 'n', "N", set_lines, offsetof(Options, lines),                                   \
                        "No more than that many, the newest" },                                             \
                EVENT_FLAG("reverse", 'r', reverse, "The newest first")

static const OptionRow watch_rows[] = {
        ROW_EVENTS,
        ROW_FAILED,
        ROW_AFTER_CURSOR,
        { "timeout", 0, "SPAN", set_timeout, 0, "End after that time" },
        { "exec", 0, "COMMAND...", refuse_command, 0,
                "Run a command for each event; all that stands behind it is the command's" },
};

static const OptionRow events_rows[] = { ROW_EVENTS, ROW_FAILED, ROW_AFTER_CURSOR, ROW_PAST };

static const OptionRow wait_rows[] = {
        { "for", 0, "STATE", set_goal, 0, "What to wait for: active, inactive, failed or proof" },
        { "timeout", 0, "SPAN", set_timeout, 0, "Give up after that time" },
};

static const OptionRow history_rows[] = {
        EVENT_WORDS("caller", "NAME,...", callers, "Only what these accounts asked for"),
        EVENT_WORDS("verb", "VERB,...", verbs, "Only these verbs, or methods"),
        EVENT_WORDS("verdict", "VERDICT,...", verdicts, "Only what was granted, denied or refused"),
        EVENT_FLAG("failed", 0, failed, "Only what was granted and did not succeed"),
        ROW_AFTER_CURSOR,
        ROW_PAST,
        EVENT_FLAG("follow", 'f', follow, "Go on with what is yet to come"),
};

const OwnOptions event_options_watch = { "watch", watch_rows, ELEMENTSOF(watch_rows), "exec" };
const OwnOptions event_options_events = { "events", events_rows, ELEMENTSOF(events_rows), NULL };
const OwnOptions event_options_wait = { "wait", wait_rows, ELEMENTSOF(wait_rows), NULL };
const OwnOptions event_options_history = { "history", history_rows, ELEMENTSOF(history_rows), NULL };
