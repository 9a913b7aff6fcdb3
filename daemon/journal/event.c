/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From entries to events, see event.h. */

#include "daemon/journal/event.h"

#include <signal.h>

#include "common/contract.h"
#include "common/utf8.h"
#include "daemon/journal/event-memory.h"
#include "daemon/record.h"

/* What accounts write is cut off or left out beyond this. */
#define MESSAGE_MAX 1024U
#define WORD_MAX    64U

static const char *const kind_names[_EVENT_MAX] = {
        [EVENT_STARTED] = "started",
        [EVENT_STOPPED] = "stopped",
        [EVENT_FAILED] = "failed",
        [EVENT_RESTARTING] = "restarting",
        [EVENT_RELOADED] = "reloaded",
        [EVENT_SKIPPED] = "skipped",
        [EVENT_OUT_OF_MEMORY] = "out-of-memory",
        [EVENT_DUMPED_CORE] = "dumped-core",
        [EVENT_MANAGER_STARTED] = "manager-started",
        [EVENT_MANAGER_STOPPED] = "manager-stopped",
        [EVENT_MANAGER_FAILED] = "manager-failed",
        [EVENT_LINGER_ON] = "linger-on",
        [EVENT_LINGER_OFF] = "linger-off",
        [EVENT_FILES_CHANGED] = "files-changed",
};

const char *event_kind_to_string(EventKind kind) {
        return kind_names[kind];
}

EventKind event_kind_from_string(const char *s) {
        for (EventKind i = 0; i < _EVENT_MAX; i++)
                if (streq(kind_names[i], s))
                        return i;
        return _EVENT_INVALID;
}

/* What a manager's entry tells. */
typedef enum Telling {
        TELLING_START,       /* a job to start has succeeded */
        TELLING_START_ENDED, /* … or has not */
        TELLING_STOP,        /* a job to stop is done */
        TELLING_SUCCESS,     /* the unit has come to a good end … */
        TELLING_FAILURE,     /* … or to a bad one */
        TELLING_SKIP,        /* ExecCondition= said no */
        TELLING_EXIT,        /* a process has ended */
        TELLING_RESTART,
        TELLING_RELOAD,
        TELLING_OUT_OF_MEMORY,
} Telling;

/*
 * The mapping: which entry of a manager is which event of a unit of its own, and, where PID 1 says it about
 * user@N.service, of the account's manager. The ids are those of systemd's catalogue, where each has its
 * text.
 */
static const struct {
        const char *message_id;
        Telling telling;
        EventKind unit;
        EventKind manager;
} tellings[] = {
        { "39f53479d3a045ac8e11786248231fbf", TELLING_START, EVENT_STARTED, EVENT_MANAGER_STARTED },
        { "be02cf6855d2428ba40df7e9d022f03d", TELLING_START_ENDED, EVENT_FAILED, EVENT_MANAGER_FAILED },
        { "9d1aaa27d60140bd96365438aad20286", TELLING_STOP, EVENT_STOPPED, EVENT_MANAGER_STOPPED },
        { "7ad2d189f7e94e70a38c781354912448", TELLING_SUCCESS, EVENT_STOPPED, EVENT_MANAGER_STOPPED },
        { "d9b373ed55a64feb8242e02dbe79a49c", TELLING_FAILURE, EVENT_FAILED, EVENT_MANAGER_FAILED },
        { "0e4284a0caca4bfc81c0bb6786972673", TELLING_SKIP, EVENT_SKIPPED, _EVENT_INVALID },
        { "98e322203f7a4ed290d09fe03c09fe15", TELLING_EXIT, _EVENT_INVALID, _EVENT_INVALID },
        { "5eb03494b6584870a536b337290809b3", TELLING_RESTART, EVENT_RESTARTING, _EVENT_INVALID },
        { "7b05ebc668384222baa8881179cfda54", TELLING_RELOAD, EVENT_RELOADED, _EVENT_INVALID },
        { "fe6faa94e7774663a0da52717891d8ef", TELLING_OUT_OF_MEMORY, EVENT_OUT_OF_MEMORY,
                EVENT_OUT_OF_MEMORY },
        { "d989611b15e44c9dbf31e3c81256e4ed", TELLING_OUT_OF_MEMORY, EVENT_OUT_OF_MEMORY,
                EVENT_OUT_OF_MEMORY },
};

/* Our own outcomes that are events, where they say that something changed. */
static const struct {
        MethodId method;
        EventKind kind;
} outcomes[] = {
        { METHOD_LINGER_ENABLE, EVENT_LINGER_ON },
        { METHOD_LINGER_DISABLE, EVENT_LINGER_OFF },
        { METHOD_UNIT_FILES_ADD_REQUIRES, EVENT_FILES_CHANGED },
        { METHOD_UNIT_FILES_ADD_WANTS, EVENT_FILES_CHANGED },
        { METHOD_UNIT_FILES_DISABLE, EVENT_FILES_CHANGED },
        { METHOD_UNIT_FILES_ENABLE, EVENT_FILES_CHANGED },
        { METHOD_UNIT_FILES_MASK, EVENT_FILES_CHANGED },
        { METHOD_UNIT_FILES_PRESET, EVENT_FILES_CHANGED },
        { METHOD_UNIT_FILES_REENABLE, EVENT_FILES_CHANGED },
        { METHOD_UNIT_FILES_SET_DEFAULT, EVENT_FILES_CHANGED },
        { METHOD_UNIT_FILES_UNMASK, EVENT_FILES_CHANGED },
        { METHOD_UNITS_SET_PROPERTY, EVENT_FILES_CHANGED },
};

const char *event_message_id(size_t i) {
        static const char *const others[] = { EVENT_COREDUMP_ID_STR, RECORD_OUTCOME_ID_STR,
                RECORD_EVENT_ID_STR };

        if (i < ELEMENTSOF(tellings))
                return tellings[i].message_id;
        i -= ELEMENTSOF(tellings);
        return i < ELEMENTSOF(others) ? others[i] : NULL;
}

/* Types that say by themselves, with UNIT_RESULT, that they have failed. */
static bool says_how_it_failed(const char *unit) {
        static const char *const silent[] = { ".target", ".slice", ".device" };
        const char *suffix = unit_name_suffix(unit);

        for (size_t i = 0; i < ELEMENTSOF(silent); i++)
                if (streq_ptr(suffix, silent[i]))
                        return false;
        return true;
}

/* Signals have names, and exit statuses are numbers already. */
static void write_status(char ret[static EVENT_STATUS_MAX], ExitCode code, unsigned status) {
        const char *name = NULL;

        if (code != EXIT_CODE_EXITED) {
                name = sigabbrev_np((int) status);
                if (!name && (int) status >= SIGRTMIN && (int) status <= SIGRTMAX) {
                        (void) snprintf(ret, EVENT_STATUS_MAX, "RTMIN+%u", status - (unsigned) SIGRTMIN);
                        return;
                }
        }
        if (name)
                (void) snprintf(ret, EVENT_STATUS_MAX, "%s", name);
        else
                (void) snprintf(ret, EVENT_STATUS_MAX, "%u", status);
}

static const char *const exit_code_names[] = {
        [EXIT_CODE_EXITED] = "exited",
        [EXIT_CODE_KILLED] = "killed",
        [EXIT_CODE_DUMPED] = "dumped",
};

static ExitCode exit_code_of(const Entry *entry) {
        for (ExitCode i = EXIT_CODE_EXITED; i <= EXIT_CODE_DUMPED; i++)
                if (entry_is(entry, ENTRY_EXIT_CODE, exit_code_names[i]))
                        return i;
        return EXIT_CODE_NONE;
}

/* The code that a result of this name comes from; EXIT_CODE_NONE: any, of the main process. */
static ExitCode exit_code_for(const char *result) {
        if (streq_ptr(result, "exit-code"))
                return EXIT_CODE_EXITED;
        if (streq_ptr(result, "signal"))
                return EXIT_CODE_KILLED;
        if (streq_ptr(result, "core-dump"))
                return EXIT_CODE_DUMPED;
        return EXIT_CODE_NONE;
}

/* Whose entry it is, and about whom: the only place where that is decided. */
typedef struct Subject {
        uid_t uid;
        const char *unit;      /* "" for the manager itself */
        sd_id128_t invocation; /* SD_ID128_NULL: none */
        const char *invocation_text;
        EventRow *row; /* what is known of it, or NULL */
} Subject;

static void read_invocation(const Entry *entry, EntryField field, Subject *subject) {
        const char *text = entry_text(entry, field, SD_ID128_STRING_MAX - 1);

        subject->invocation = SD_ID128_NULL;
        subject->invocation_text = NULL;
        if (!text || strlen(text) != SD_ID128_STRING_MAX - 1)
                return;
        if (sd_id128_from_string(text, &subject->invocation) >= 0 && !sd_id128_is_null(subject->invocation))
                subject->invocation_text = text;
        else
                subject->invocation = SD_ID128_NULL;
}

/* The user manager of uid N runs in user@N.service, and so does all that is below it: nobody else gets in.
 */
static bool is_user_manager(const Entry *entry, Subject *ret) {
        uid_t uid, manager;
        const char *unit;

        if (!entry_uid(entry, ENTRY__UID, &uid) ||
                !entry_manager_uid(entry, ENTRY__SYSTEMD_UNIT, &manager) || uid != manager)
                return false;

        unit = entry_text(entry, ENTRY_USER_UNIT, UNIT_NAME_MAX);
        if (!unit || !unit_name_is_valid(unit, UNIT_NAME_PLAIN | UNIT_NAME_INSTANCE))
                return false;

        *ret = (Subject){ .uid = uid, .unit = unit };
        read_invocation(entry, ENTRY_USER_INVOCATION_ID, ret);
        return true;
}

static bool is_system_manager(const Entry *entry, Subject *ret) {
        uid_t uid;

        if (!entry_is(entry, ENTRY__PID, "1") || !entry_is(entry, ENTRY__UID, "0") ||
                !entry_manager_uid(entry, ENTRY_UNIT, &uid))
                return false;

        *ret = (Subject){ .uid = uid, .unit = "" };
        read_invocation(entry, ENTRY_INVOCATION_ID, ret);
        return true;
}

static void remember_exit(const Entry *entry, Subject *subject) {
        const char *message = entry_text(entry, ENTRY_MESSAGE, ENTRY_VALUE_MAX);
        EventRow *row = subject->row;
        ExitCode code = exit_code_of(entry);
        uint64_t status;
        bool main_process;

        if (!row || code == EXIT_CODE_NONE || !entry_number(entry, ENTRY_EXIT_STATUS, &status) ||
                status > INT32_MAX)
                return;

        /* Only the text tells which process it was. */
        main_process = message && strstr(message, ": Main process exited");
        if (row->exit_main && !main_process && sd_id128_equal(row->exit_invocation, subject->invocation))
                return;

        row->exit_code = code;
        row->exit_status = (unsigned) status;
        row->exit_main = main_process;
        row->exit_time = entry->realtime;
        row->exit_invocation = subject->invocation;
}

static void remember_end(const Entry *entry, Subject *subject) {
        if (!subject->row)
                return;
        subject->row->end_time = entry->realtime;
        subject->row->end_invocation = subject->invocation;
}

static bool end_was_told(const Entry *entry, const Subject *subject) {
        const EventRow *row = subject->row;

        return row && !sd_id128_is_null(subject->invocation) &&
                sd_id128_equal(row->end_invocation, subject->invocation) &&
                event_is_recent(entry->realtime, row->end_time);
}

static void join_exit(const Entry *entry, const Subject *subject, Event *event) {
        const EventRow *row = subject->row;
        ExitCode expected = exit_code_for(event->result);

        if (!row || row->exit_code == EXIT_CODE_NONE || !event_is_recent(entry->realtime, row->exit_time) ||
                !sd_id128_equal(row->exit_invocation, subject->invocation))
                return;
        if (expected == EXIT_CODE_NONE ? !row->exit_main : expected != row->exit_code)
                return;

        event->exit_code = exit_code_names[row->exit_code];
        write_status(event->exit_status, row->exit_code, row->exit_status);
}

static void join_restarts(const Entry *entry, const Subject *subject, Event *event) {
        const EventRow *row = subject->row;

        if (row && event_is_recent(entry->realtime, row->restarts_time))
                event->restarts = row->restarts;
}

/* A condition that was not met ends like a start; the text alone tells, in the words of 252 and of 257. */
static bool is_unmet_condition(const char *message) {
        return message && !startswith(message, "Started ") && !startswith(message, "Finished ") &&
                (strstr(message, " was skipped because ") || strstr(message, " skipped, unmet condition ") ||
                        strstr(message, " skipped, no trigger condition "));
}

static bool tell_start(const Entry *entry, Subject *subject, Event *event) {
        const char *message = entry_text(entry, ENTRY_MESSAGE, ENTRY_VALUE_MAX);

        if (!entry_is(entry, ENTRY_JOB_RESULT, "done"))
                return false;
        /* ExecCondition=: the entry before this one has told. */
        if (message && startswith(message, "Condition check resulted in "))
                return false;
        if (is_unmet_condition(message)) {
                if (event->kind != EVENT_STARTED)
                        return false;
                event->kind = EVENT_SKIPPED;
                event->result = "condition";
                return true;
        }

        if (subject->row && !subject->row->restart_pending)
                subject->row->restarts = EVENT_RESTARTS_NONE;
        if (subject->row)
                subject->row->restart_pending = false;
        join_restarts(entry, subject, event);
        return true;
}

static bool tell_start_ended(const Entry *entry, const Subject *subject, Event *event) {
        const char *result = entry_text(entry, ENTRY_JOB_RESULT, WORD_MAX);

        /* An unneeded job was taken back: nothing has failed. */
        if (!result || streq(result, "collected") || streq(result, "canceled"))
                return false;
        if (streq(result, "failed") && says_how_it_failed(*subject->unit ? subject->unit : "user@.service"))
                return false;
        event->result = result;
        return true;
}

static bool tell_failure(const Entry *entry, Subject *subject, Event *event) {
        event->result = entry_text(entry, ENTRY_UNIT_RESULT, WORD_MAX);
        join_exit(entry, subject, event);
        join_restarts(entry, subject, event);
        if (subject->row)
                subject->row->restart_pending = false;
        remember_end(entry, subject);
        return true;
}

static bool tell_restart(const Entry *entry, Subject *subject, Event *event) {
        uint64_t n;

        remember_end(entry, subject);
        if (!entry_number(entry, ENTRY_N_RESTARTS, &n))
                return true;
        event->restarts = n;
        if (subject->row) {
                subject->row->restarts = n;
                subject->row->restarts_time = entry->realtime;
                subject->row->restart_pending = true;
        }
        return true;
}

static bool tell_stop(const Entry *entry, Subject *subject, Event *event) {
        bool told = end_was_told(entry, subject);

        if (!entry_is(entry, ENTRY_JOB_RESULT, "done"))
                event->result = entry_text(entry, ENTRY_JOB_RESULT, WORD_MAX);
        remember_end(entry, subject);
        return !told;
}

static bool tell(const Entry *entry, Telling telling, Subject *subject, Event *event) {
        switch (telling) {
        case TELLING_START:
                return tell_start(entry, subject, event);
        case TELLING_START_ENDED:
                return tell_start_ended(entry, subject, event);
        case TELLING_STOP:
                return tell_stop(entry, subject, event);
        case TELLING_SUCCESS:
                event->result = "success";
                remember_end(entry, subject);
                return true;
        case TELLING_FAILURE:
                return tell_failure(entry, subject, event);
        case TELLING_SKIP:
                event->result = entry_text(entry, ENTRY_UNIT_RESULT, WORD_MAX);
                return true;
        case TELLING_EXIT:
                remember_exit(entry, subject);
                return false;
        case TELLING_RESTART:
                return tell_restart(entry, subject, event);
        case TELLING_RELOAD:
                if (!entry_is(entry, ENTRY_JOB_RESULT, "done"))
                        event->result = entry_text(entry, ENTRY_JOB_RESULT, WORD_MAX);
                return true;
        case TELLING_OUT_OF_MEMORY:
                return true;
        }
        return false;
}

/* The first line of MESSAGE, as far as it is text, and no longer than is good for a line. */
static void take_message(const Entry *entry, Event *event) {
        const char *s, *end;
        size_t n;

        s = entry_bytes(entry, ENTRY_MESSAGE, &n);
        if (!s)
                return;
        end = memchr(s, '\n', n);
        if (end)
                n = (size_t) (end - s);
        if (n > MESSAGE_MAX) {
                n = MESSAGE_MAX;
                while (n > 0 && ((unsigned char) s[n] & 0xC0) == 0x80)
                        n--;
        }
        if (n == 0 || memchr(s, 0, n) || !utf8_is_valid(s, n))
                return;
        event->message = s;
        event->message_size = n;
}

/* Returns 1 for an event, 0 for none, -ENOENT where the entry is not of this kind at all. So do those below.
 */
static int from_manager(const Entry *entry, EventMemory *memory, Event *event) {
        for (size_t i = 0; i < ELEMENTSOF(tellings); i++) {
                Subject subject;

                if (!entry_is(entry, ENTRY_MESSAGE_ID, tellings[i].message_id))
                        continue;

                if (is_user_manager(entry, &subject))
                        event->kind = tellings[i].unit;
                else if (is_system_manager(entry, &subject))
                        event->kind = tellings[i].manager;
                else
                        return 0;

                event->uid = subject.uid;
                event->unit = *subject.unit ? subject.unit : NULL;
                event->invocation = subject.invocation_text;
                subject.row = event_memory_get(memory, subject.uid, subject.unit, entry->realtime);
                return tell(entry, tellings[i].telling, &subject, event) && event->kind >= 0;
        }
        return -ENOENT;
}

/* Coredumps are written by the handler that the kernel started: root, or somebody else in its own unit,
 * which no account can get into. */
static int from_coredump(const Entry *entry, Event *event) {
        const char *unit, *handler, *signal_name;

        if (!entry_is(entry, ENTRY_MESSAGE_ID, EVENT_COREDUMP_ID_STR))
                return -ENOENT;
        handler = entry_text(entry, ENTRY__SYSTEMD_UNIT, UNIT_NAME_MAX);
        if (!entry_is(entry, ENTRY__UID, "0") && !(handler && startswith(handler, "systemd-coredump@")))
                return 0;
        if (!entry_uid(entry, ENTRY_COREDUMP_UID, &event->uid))
                return 0;

        unit = entry_text(entry, ENTRY_COREDUMP_USER_UNIT, UNIT_NAME_MAX);
        if (unit && unit_name_is_valid(unit, UNIT_NAME_PLAIN | UNIT_NAME_INSTANCE))
                event->unit = unit;
        event->kind = EVENT_DUMPED_CORE;
        event->exit_code = "dumped";

        signal_name = entry_text(entry, ENTRY_COREDUMP_SIGNAL_NAME, WORD_MAX);
        if (signal_name && startswith(signal_name, "SIG"))
                signal_name += strlen("SIG");
        if (signal_name && strlen(signal_name) < EVENT_STATUS_MAX)
                (void) strcpy(event->exit_status, signal_name);
        return 1;
}

/* What we have written ourselves: nobody else runs in our unit as our uid. */
static bool is_ours(const Entry *entry, uid_t self) {
        uid_t uid;

        return self != EVENT_UID_NONE && entry_uid(entry, ENTRY__UID, &uid) && uid == self &&
                entry_is(entry, ENTRY__SYSTEMD_UNIT, "userunitd.service");
}

static EventKind kind_of_outcome(const Entry *entry, const Method **ret_method) {
        const char *name = entry_text(entry, ENTRY_USERUNIT_METHOD, WORD_MAX);
        const Method *method = name ? method_find(name) : NULL;

        if (!method || !entry_is(entry, ENTRY_USERUNIT_CHANGED, "yes"))
                return _EVENT_INVALID;

        for (size_t i = 0; i < ELEMENTSOF(outcomes); i++)
                if (outcomes[i].method == method->id) {
                        *ret_method = method;
                        return outcomes[i].kind;
                }
        return _EVENT_INVALID;
}

/* What we saw happen without us. */
static EventKind kind_of_record(const Entry *entry) {
        if (entry_is(entry, ENTRY_USERUNIT_EVENT, kind_names[EVENT_LINGER_ON]))
                return EVENT_LINGER_ON;
        if (entry_is(entry, ENTRY_USERUNIT_EVENT, kind_names[EVENT_LINGER_OFF]))
                return EVENT_LINGER_OFF;
        return _EVENT_INVALID;
}

static int from_record(const Entry *entry, uid_t self, Event *event) {
        const Method *method = NULL;
        const char *unit;

        if (!is_ours(entry, self) || !entry_uid(entry, ENTRY_USERUNIT_ACCOUNT_UID, &event->uid))
                return 0;
        if (entry_is(entry, ENTRY_MESSAGE_ID, RECORD_OUTCOME_ID_STR))
                event->kind = kind_of_outcome(entry, &method);
        else if (entry_is(entry, ENTRY_MESSAGE_ID, RECORD_EVENT_ID_STR))
                event->kind = kind_of_record(entry);
        if (event->kind < 0)
                return 0;

        unit = entry_text(entry, ENTRY_USERUNIT_UNIT, UNIT_NAME_MAX);
        if (unit && unit_name_is_valid(unit, UNIT_NAME_ANY))
                event->unit = unit;
        if (!entry_uid(entry, ENTRY_USERUNIT_CALLER_UID, &event->caller_uid))
                event->caller_uid = EVENT_UID_NONE;
        event->account = entry_text(entry, ENTRY_USERUNIT_ACCOUNT, WORD_MAX);
        event->verb = method ? method->verb : NULL;
        event->request = entry_text(entry, ENTRY_USERUNIT_REQUEST, WORD_MAX);
        return 1;
}

int event_from_entry(const Entry *entry, uid_t self, EventMemory *memory, Event *ret) {
        Event event = {
                .kind = _EVENT_INVALID,
                .restarts = EVENT_RESTARTS_NONE,
                .caller_uid = EVENT_UID_NONE,
        };
        int r;

        r = from_manager(entry, memory, &event);
        if (r < 0)
                r = from_coredump(entry, &event);
        if (r < 0)
                r = from_record(entry, self, &event);
        if (r == 0)
                return 0;

        take_message(entry, &event);
        *ret = event;
        return 1;
}

static void write_if_set(JsonWriter *w, const char *key, const char *value) {
        if (!isempty(value))
                json_write_key_string(w, key, value);
}

void event_write(const Event *event, const Entry *entry, const char *account, JsonWriter *w) {
        json_begin_object(w);
        json_write_key_u64(w, "time", entry->realtime);
        json_write_key_string(w, "cursor", entry->cursor);
        json_write_key_string(w, "event", kind_names[event->kind]);
        json_write_key_u64(w, "uid", event->uid);
        write_if_set(w, "account", account ? account : event->account);
        write_if_set(w, "unit", event->unit);
        write_if_set(w, "result", event->result);
        write_if_set(w, "exit_code", event->exit_code);
        write_if_set(w, "exit_status", event->exit_status);
        if (event->restarts != EVENT_RESTARTS_NONE)
                json_write_key_u64(w, "restarts", event->restarts);
        write_if_set(w, "invocation", event->invocation);
        if (event->message) {
                json_write_key(w, "message");
                json_write_string_n(w, event->message, event->message_size);
        }
        write_if_set(w, "verb", event->verb);
        if (event->caller_uid != EVENT_UID_NONE)
                json_write_key_u64(w, "caller_uid", event->caller_uid);
        write_if_set(w, "request", event->request);
        json_end_object(w);
}
