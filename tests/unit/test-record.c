/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Records as a journald of our own receives them: parsed back by the rules of the native protocol, so that
 * what could be smuggled in would be seen.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <endian.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "common/escape.h"
#include "common/limits.h"
#include "common/utf8.h"
#include "daemon/record.h"

#define FIELDS_MAX 32

typedef struct Journal {
        char dir[64];
        struct sockaddr_un address;
        int fd;
        Record *record;

        /* The last datagram, in pieces. */
        char *names[FIELDS_MAX];
        char *values[FIELDS_MAX];
        size_t n;
} Journal;

static void journal_start(Journal *journal) {
        journal->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        assert_true(journal->fd >= 0);
        assert_int_equal(
                bind(journal->fd, (struct sockaddr *) &journal->address, sizeof(journal->address)), 0);
}

/* As a crash does it: the socket stays in the file system, and nobody answers. */
static void journal_crash(Journal *journal) {
        journal->fd = safe_close(journal->fd);
}

static void journal_forget(Journal *journal) {
        for (size_t i = 0; i < journal->n; i++) {
                free(journal->names[i]);
                free(journal->values[i]);
        }
        journal->n = 0;
}

static int setup(void **state) {
        Journal *journal = calloc(1, sizeof(Journal));

        assert_non_null(journal);
        (void) snprintf(journal->dir, sizeof(journal->dir), "/tmp/test-record-XXXXXX");
        assert_non_null(mkdtemp(journal->dir));
        journal->address.sun_family = AF_UNIX;
        (void) snprintf(
                journal->address.sun_path, sizeof(journal->address.sun_path), "%s/socket", journal->dir);
        journal->fd = -EBADF;
        assert_int_equal(record_new(journal->address.sun_path, NULL, &journal->record), 0);
        *state = journal;
        return 0;
}

static int teardown(void **state) {
        Journal *journal = *state;

        journal->record = record_free(journal->record);
        journal_forget(journal);
        safe_close(journal->fd);
        (void) unlink(journal->address.sun_path);
        (void) rmdir(journal->dir);
        free(journal);
        return 0;
}

/* Takes a datagram apart as journald does. Returns false where there is none. */
static bool journal_read(Journal *journal) {
        static char buf[256 * 1024];
        ssize_t size;

        journal_forget(journal);
        size = recv(journal->fd, buf, sizeof(buf), 0);
        if (size < 0) {
                assert_int_equal(errno, EAGAIN);
                return false;
        }

        for (const char *p = buf, *end = buf + size; p < end;) {
                const char *line_end = memchr(p, '\n', (size_t) (end - p)), *equals, *value;
                size_t name_length, length;

                assert_non_null(line_end);
                equals = memchr(p, '=', (size_t) (line_end - p));
                if (equals) {
                        name_length = (size_t) (equals - p);
                        value = equals + 1;
                        length = (size_t) (line_end - value);
                } else {
                        uint64_t le;

                        name_length = (size_t) (line_end - p);
                        assert_true(end - line_end > (ptrdiff_t) sizeof(le));
                        memcpy(&le, line_end + 1, sizeof(le));
                        value = line_end + 1 + sizeof(le);
                        length = le64toh(le);
                        assert_true(length < (size_t) (end - value));
                }
                assert_int_equal(value[length], '\n');
                assert_true(name_length > 0);
                assert_int_equal(strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"), name_length);
                assert_true(journal->n < FIELDS_MAX);
                journal->names[journal->n] = strndup(p, name_length);
                journal->values[journal->n++] = strndup(value, length);
                p = value + length + 1;
        }

        return true;
}

/* The one value of a field; NULL for none. */
static const char *field(const Journal *journal, const char *name) {
        const char *value = NULL;

        for (size_t i = 0; i < journal->n; i++)
                if (streq(journal->names[i], name)) {
                        assert_null(value);
                        value = journal->values[i];
                }
        return value;
}

#define assert_field(journal, name, expected) assert_string_equal(field(journal, name), expected)

static RecordEntry change(void) {
        return (RecordEntry){
                .request = { .bytes = { 0xab, 1 } },
                .caller_uid = 1002,
                .caller = ":1.42",
                .account = "svc-web",
                .account_uid = 1101,
                .unit = "app.service",
                .method = method_find("units.restart"),
                .action = ACTION_CONTROL,
                .polkit = "yes",
                .verdict = RECORD_GRANTED,
                .digest = "0123",
        };
}

static RecordEntry reading(void) {
        RecordEntry e = change();

        e.method = method_find("units.list");
        e.action = ACTION_INSPECT;
        return e;
}

static RecordEntry denial(void) {
        RecordEntry e = change();

        e.verdict = RECORD_DENIED;
        e.polkit = "no";
        e.error = ERROR_NOT_AUTHORIZED;
        return e;
}

static void test_verdict(void **state) {
        Journal *journal = *state;
        RecordEntry e = change();

        journal_start(journal);
        assert_int_equal(record_verdict(journal->record, &e), 0);
        assert_true(journal_read(journal));
        assert_field(journal, "MESSAGE",
                "Granted uid 1002: restart svc-web/app.service (org.userunit1.control: yes)");
        assert_field(journal, "MESSAGE_ID", RECORD_VERDICT_ID_STR);
        assert_field(journal, "PRIORITY", "6");
        assert_field(journal, "SYSLOG_IDENTIFIER", "userunitd");
        assert_field(journal, "USERUNIT_REQUEST", "ab010000000000000000000000000000");
        assert_field(journal, "USERUNIT_CALLER_UID", "1002");
        assert_field(journal, "USERUNIT_CALLER", ":1.42");
        assert_field(journal, "USERUNIT_ACCOUNT", "svc-web");
        assert_field(journal, "USERUNIT_ACCOUNT_UID", "1101");
        assert_field(journal, "USERUNIT_UNIT", "app.service");
        assert_field(journal, "USERUNIT_VERB", "restart");
        assert_field(journal, "USERUNIT_METHOD", "units.restart");
        assert_field(journal, "USERUNIT_ACTION", "org.userunit1.control");
        assert_field(journal, "USERUNIT_POLKIT", "yes");
        assert_field(journal, "USERUNIT_VERDICT", "granted");
        assert_field(journal, "USERUNIT_DIGEST", "0123");
        assert_int_equal(journal->n, 16);
        assert_false(journal_read(journal));
}

static void test_denied_and_refused(void **state) {
        Journal *journal = *state;
        RecordEntry e = denial();

        journal_start(journal);
        assert_int_equal(record_verdict(journal->record, &e), 0);
        assert_true(journal_read(journal));
        assert_field(journal, "MESSAGE",
                "Denied uid 1002: restart svc-web/app.service (org.userunit1.control: no)");
        assert_field(journal, "USERUNIT_VERDICT", "denied");
        assert_field(journal, "USERUNIT_ERROR", "NotAuthorized");
        assert_field(journal, "PRIORITY", "5");

        /* As little as there can be known. */
        e = RECORD_ENTRY_NULL;
        e.caller_uid = 1002;
        e.verdict = RECORD_REFUSED;
        e.error = ERROR_INVALID_REQUEST;
        assert_int_equal(record_verdict(journal->record, &e), 0);
        assert_true(journal_read(journal));
        assert_field(journal, "MESSAGE", "Refused uid 1002: request (InvalidRequest)");
        assert_field(journal, "USERUNIT_VERDICT", "refused");
        assert_null(field(journal, "USERUNIT_ACCOUNT"));
        assert_null(field(journal, "USERUNIT_ACCOUNT_UID"));
        assert_null(field(journal, "USERUNIT_METHOD"));
        assert_null(field(journal, "USERUNIT_ACTION"));
}

static void test_outcome(void **state) {
        Journal *journal = *state;
        RecordEntry e = change();
        RecordOutcome o = { .result = "done", .changed = 1, .duration_usec = 1234567, .digest_after = "ff" };

        journal_start(journal);
        assert_int_equal(record_outcome(journal->record, &e, &o), 0);
        assert_true(journal_read(journal));
        assert_field(
                journal, "MESSAGE", "Done for uid 1002: restart svc-web/app.service (done, after 1.234s)");
        assert_field(journal, "MESSAGE_ID", RECORD_OUTCOME_ID_STR);
        assert_field(journal, "USERUNIT_REQUEST", "ab010000000000000000000000000000");
        assert_field(journal, "USERUNIT_RESULT", "done");
        assert_field(journal, "USERUNIT_CHANGED", "yes");
        assert_field(journal, "USERUNIT_DURATION_USEC", "1234567");
        assert_field(journal, "USERUNIT_DIGEST_AFTER", "ff");
        assert_null(field(journal, "USERUNIT_DIGEST_BEFORE"));
        assert_null(field(journal, "USERUNIT_VERDICT"));
        assert_null(field(journal, "USERUNIT_ERROR"));

        o = (RecordOutcome){ .result = "failed", .error = ERROR_JOB_FAILED, .changed = -1 };
        assert_int_equal(record_outcome(journal->record, &e, &o), 0);
        assert_true(journal_read(journal));
        assert_field(journal, "MESSAGE",
                "Failed for uid 1002: restart svc-web/app.service (JobFailed: failed, after 0.000s)");
        assert_field(journal, "PRIORITY", "4");
        assert_field(journal, "USERUNIT_ERROR", "JobFailed");
        assert_null(field(journal, "USERUNIT_CHANGED"));

        o = (RecordOutcome){};
        assert_int_equal(record_outcome(journal->record, &e, &o), 0);
        assert_true(journal_read(journal));
        assert_field(journal, "MESSAGE", "Done for uid 1002: restart svc-web/app.service (after 0.000s)");
        assert_field(journal, "USERUNIT_CHANGED", "no");
}

/* Whatever a value is, the fields stay the same ones, with that value, and the line for people is safe. */
static void check_value(Journal *journal, const char *value) {
        RecordEntry e = change();
        RecordOutcome o = { .result = value, .digest_before = value, .digest_after = value };

        e.caller = e.account = e.unit = e.polkit = e.digest = value;
        assert_int_equal(record_verdict(journal->record, &e), 0);
        assert_true(journal_read(journal));
        assert_int_equal(journal->n, 16);
        assert_field(journal, "USERUNIT_CALLER", value);
        assert_field(journal, "USERUNIT_ACCOUNT", value);
        assert_field(journal, "USERUNIT_UNIT", value);
        assert_field(journal, "USERUNIT_POLKIT", value);
        assert_field(journal, "USERUNIT_DIGEST", value);
        assert_field(journal, "USERUNIT_VERDICT", "granted");
        assert_false(escape_is_needed(field(journal, "MESSAGE")));

        assert_int_equal(record_outcome(journal->record, &e, &o), 0);
        assert_true(journal_read(journal));
        assert_int_equal(journal->n, 20);
        assert_field(journal, "USERUNIT_RESULT", value);
        assert_field(journal, "USERUNIT_DIGEST_BEFORE", value);
        assert_false(escape_is_needed(field(journal, "MESSAGE")));
}

static void test_nothing_can_be_spoofed(void **state) {
        Journal *journal = *state;
        char value[8];

        journal_start(journal);
        for (int first = 1; first < 256; first++) {
                (void) snprintf(value, sizeof(value), "a%cb", first);
                check_value(journal, value);
                (void) snprintf(value, sizeof(value), "%c", first);
                check_value(journal, value);
                (void) snprintf(value, sizeof(value), "\n%c", first);
                check_value(journal, value);
        }

        check_value(journal, "");
        check_value(journal, "x\nUSERUNIT_VERDICT=denied\nUSERUNIT_CALLER_UID=0");
        check_value(journal, "x\n\nMESSAGE=boo\n");
        check_value(journal, "x\nMESSAGE\n\1\2\3\4\5\6\7\1boo\n");
        check_value(journal, "=\n=");
        check_value(journal, "\xe2\x80\xae right to left");
        check_value(journal, "\x1b]0;title\a");
}

static void test_long_values_are_cut(void **state) {
        Journal *journal = *state;
        RecordEntry e = change();
        char value[RECORD_VALUE_MAX + 10];
        const char *cut;

        journal_start(journal);
        memset(value, 'x', sizeof(value));
        value[RECORD_VALUE_MAX] = 0;
        e.unit = value;
        assert_int_equal(record_verdict(journal->record, &e), 0);
        assert_true(journal_read(journal));
        assert_field(journal, "USERUNIT_UNIT", value);

        for (size_t i = 0; i + 2 < sizeof(value); i += 2)
                memcpy(value + i, i % 4 ? "\n " : "ä", 2);
        value[sizeof(value) - 1] = 0;
        for (size_t shift = 0; shift < 4; shift++) {
                e.unit = value + shift;
                e.caller = e.account = e.polkit = e.digest = e.unit;
                assert_int_equal(record_verdict(journal->record, &e), 0);
                assert_true(journal_read(journal));
                cut = field(journal, "USERUNIT_UNIT");
                assert_true(strlen(cut) <= RECORD_VALUE_MAX);
                assert_true(strlen(cut) > RECORD_VALUE_MAX - 8);
                assert_true(endswith(cut, "…"));
                assert_memory_equal(cut, e.unit, strlen(cut) - strlen("…"));
                if (shift % 2 == 0)
                        assert_true(utf8_is_valid(cut, strlen(cut)));
        }
}

/* A change is refused by its caller, a read goes on and is told later; a journald that is back needs no
 * help. */
static void test_journal_away(void **state) {
        Journal *journal = *state;
        RecordEntry c = change(), r = reading();

        assert_int_equal(record_verdict(journal->record, &c), -ENOENT);
        journal_start(journal);
        assert_int_equal(record_verdict(journal->record, &c), 0);
        assert_true(journal_read(journal));

        journal_crash(journal);
        assert_int_equal(record_verdict(journal->record, &c), -ECONNREFUSED);
        assert_int_equal(record_verdict(journal->record, &r), -ECONNREFUSED);
        assert_int_equal(record_verdict(journal->record, &r), 0);
        assert_int_equal(record_flush(journal->record, /* all= */ true), -ECONNREFUSED);

        assert_int_equal(unlink(journal->address.sun_path), 0);
        journal_start(journal);
        assert_int_equal(record_verdict(journal->record, &c), 0);
        assert_true(journal_read(journal));
        assert_field(journal, "USERUNIT_METHOD", "units.restart");
        assert_int_equal(record_flush(journal->record, /* all= */ true), 0);
        assert_true(journal_read(journal));
        assert_field(journal, "MESSAGE", "Granted uid 1002: list-units svc-web/, 2 more");
        assert_field(journal, "USERUNIT_COUNT", "2");
        assert_false(journal_read(journal));
}

static uint64_t now_usec(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * USEC_PER_SEC + (uint64_t) ts.tv_nsec / 1000U;
}

/* A journald that does not read: the queue fills, or the time is up; nothing ever waits for it. */
static void test_journal_hangs(void **state) {
        Journal *journal = *state;
        RecordEntry e = change();
        uint64_t start = now_usec();
        unsigned n = 0;

        journal_start(journal);
        while (n < 100000 && record_verdict(journal->record, &e) == 0)
                n++;
        assert_int_equal(record_verdict(journal->record, &e), -EAGAIN);
        assert_true(n > 0 && n < 100000);
        assert_true(now_usec() - start < 2 * USEC_PER_SEC);

        while (journal_read(journal))
                ;
        assert_int_equal(record_verdict(journal->record, &e), 0);

        /* One datagram that nobody reads is enough, after a while, although the queue has room. */
        usleep(2100000);
        assert_int_equal(record_verdict(journal->record, &e), -EAGAIN);
        assert_true(journal_read(journal));
        assert_int_equal(record_verdict(journal->record, &e), 0);
}

static void test_folding(void **state) {
        Journal *journal = *state;
        RecordEntry r = reading(), d = denial(), c = change();

        journal_start(journal);
        for (unsigned i = 0; i < 10; i++)
                assert_int_equal(record_verdict(journal->record, &r), 0);
        assert_true(journal_read(journal));
        assert_null(field(journal, "USERUNIT_COUNT"));
        assert_false(journal_read(journal));

        /* A change always stands alone, also where it was granted a moment ago. */
        for (unsigned i = 0; i < 30; i++) {
                assert_int_equal(record_verdict(journal->record, &c), 0);
                assert_true(journal_read(journal));
        }

        for (unsigned i = 0; i < RECORD_DENIALS_MAX; i++) {
                assert_int_equal(record_verdict(journal->record, &d), 0);
                assert_true(journal_read(journal));
        }
        for (unsigned i = 0; i < 7; i++)
                assert_int_equal(record_verdict(journal->record, &d), 0);
        assert_false(journal_read(journal));

        assert_int_equal(record_flush(journal->record, /* all= */ false), 0);
        assert_false(journal_read(journal));
        assert_int_equal(record_flush(journal->record, /* all= */ true), 0);
        assert_true(journal_read(journal));
        assert_field(journal, "USERUNIT_COUNT", "9");
        assert_field(journal, "USERUNIT_CALLER_UID", "1002");
        assert_field(journal, "USERUNIT_ACCOUNT", "svc-web");
        assert_field(journal, "USERUNIT_METHOD", "units.list");
        assert_field(journal, "USERUNIT_VERDICT", "granted");
        assert_field(journal, "MESSAGE_ID", RECORD_VERDICT_ID_STR);
        assert_true(journal_read(journal));
        assert_field(journal, "MESSAGE", "Denied uid 1002: request, 7 more");
        assert_field(journal, "USERUNIT_COUNT", "7");
        assert_field(journal, "USERUNIT_VERDICT", "denied");
        assert_false(journal_read(journal));
}

static void test_freeing_tells_the_counts(void **state) {
        Journal *journal = *state;
        RecordEntry r = reading();

        journal_start(journal);
        assert_int_equal(record_verdict(journal->record, &r), 0);
        assert_int_equal(record_verdict(journal->record, &r), 0);
        journal->record = record_free(journal->record);
        assert_true(journal_read(journal));
        assert_true(journal_read(journal));
        assert_field(journal, "USERUNIT_COUNT", "1");
}

/* Outcomes wait for a journald that is away, in order, and the event loop sends them. */
static void test_outcomes_are_kept(void **state) {
        Journal *journal = *state;
        sd_event *event = NULL;
        RecordEntry e = change();
        RecordOutcome o = { .result = "first" };
        uint64_t start;

        assert_int_equal(sd_event_new(&event), 0);
        journal->record = record_free(journal->record);
        assert_int_equal(record_new(journal->address.sun_path, event, &journal->record), 0);

        assert_int_equal(record_outcome(journal->record, &e, &o), 1);
        o.result = "second";
        assert_int_equal(record_outcome(journal->record, &e, &o), 1);
        journal_start(journal);

        start = now_usec();
        while (!journal_read(journal)) {
                assert_true(now_usec() - start < 5 * USEC_PER_SEC);
                assert_true(sd_event_run(event, 500 * USEC_PER_MSEC) >= 0);
        }
        assert_field(journal, "USERUNIT_RESULT", "first");
        assert_true(journal_read(journal));
        assert_field(journal, "USERUNIT_RESULT", "second");

        journal->record = record_free(journal->record);
        sd_event_unref(event);
}

static void test_linger(void **state) {
        Journal *journal = *state;

        journal_start(journal);
        assert_int_equal(record_linger(journal->record, "svc-web", 1101, true), 0);
        assert_true(journal_read(journal));
        assert_field(journal, "MESSAGE_ID", RECORD_EVENT_ID_STR);
        assert_field(journal, "USERUNIT_EVENT", "linger-on");
        assert_field(journal, "USERUNIT_ACCOUNT", "svc-web");
        assert_field(journal, "USERUNIT_ACCOUNT_UID", "1101");

        assert_int_equal(record_linger(journal->record, "gone", RECORD_UID_NONE, false), 0);
        assert_true(journal_read(journal));
        assert_field(journal, "USERUNIT_EVENT", "linger-off");
        assert_null(field(journal, "USERUNIT_ACCOUNT_UID"));
}

static void test_is_heard(void **state) {
        Journal *journal = *state;

        assert_false(record_is_heard(journal->record));
        journal_start(journal);
        assert_true(record_is_heard(journal->record));
        while (record_linger(journal->record, "svc-web", 1101, true) == 0)
                ;
        assert_false(record_is_heard(journal->record));
        while (journal_read(journal))
                ;
        assert_int_equal(record_flush(journal->record, /* all= */ true), 0);
        assert_true(record_is_heard(journal->record));
}

static void test_kept_outcomes_are_bounded(void **state) {
        Journal *journal = *state;
        RecordEntry e = change();
        char result[16];
        RecordOutcome o = { .result = result };
        unsigned n = 0;

        for (unsigned i = 0; i < 1000; i++) {
                (void) snprintf(result, sizeof(result), "%u", i);
                assert_int_equal(record_outcome(journal->record, &e, &o), 1);
        }

        journal_start(journal);
        while (n < 2 * INFLIGHT_MAX) {
                (void) record_flush(journal->record, /* all= */ false);
                while (journal_read(journal)) {
                        (void) snprintf(result, sizeof(result), "%u", 1000 - 2 * INFLIGHT_MAX + n++);
                        assert_field(journal, "USERUNIT_RESULT", result);
                }
        }
        assert_int_equal(record_flush(journal->record, /* all= */ true), 0);
        assert_false(journal_read(journal));
}

static void test_digest(void **state) {
        char digest[RECORD_DIGEST_SIZE];

        /* FIPS 180-4's own examples. */
        record_digest("abc", 3, digest);
        assert_string_equal(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        record_digest("", 0, digest);
        assert_string_equal(digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void test_bad_path(void **state) {
        Record *record = NULL;
        char path[200];

        memset(path, 'x', sizeof(path));
        path[sizeof(path) - 1] = 0;
        assert_int_equal(record_new(path, NULL, &record), -EINVAL);
        assert_int_equal(record_new("", NULL, &record), -EINVAL);
        assert_null(record);
        assert_null(record_free(NULL));
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_verdict, setup, teardown),
                cmocka_unit_test_setup_teardown(test_denied_and_refused, setup, teardown),
                cmocka_unit_test_setup_teardown(test_outcome, setup, teardown),
                cmocka_unit_test_setup_teardown(test_nothing_can_be_spoofed, setup, teardown),
                cmocka_unit_test_setup_teardown(test_long_values_are_cut, setup, teardown),
                cmocka_unit_test_setup_teardown(test_journal_away, setup, teardown),
                cmocka_unit_test_setup_teardown(test_journal_hangs, setup, teardown),
                cmocka_unit_test_setup_teardown(test_folding, setup, teardown),
                cmocka_unit_test_setup_teardown(test_freeing_tells_the_counts, setup, teardown),
                cmocka_unit_test_setup_teardown(test_outcomes_are_kept, setup, teardown),
                cmocka_unit_test_setup_teardown(test_linger, setup, teardown),
                cmocka_unit_test_setup_teardown(test_is_heard, setup, teardown),
                cmocka_unit_test_setup_teardown(test_kept_outcomes_are_bounded, setup, teardown),
                cmocka_unit_test(test_digest),
                cmocka_unit_test(test_bad_path),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
