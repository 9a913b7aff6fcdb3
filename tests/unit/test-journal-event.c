/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Entries as user managers of systemd 252 and 257 write them, and the events they are; and what accounts
 * may write in their place.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/journal/event.h"
#include "daemon/record.h"

#define SELF 996

#define STARTED     "MESSAGE_ID=39f53479d3a045ac8e11786248231fbf|JOB_TYPE=start|JOB_RESULT=done|"
#define START_ENDED "MESSAGE_ID=be02cf6855d2428ba40df7e9d022f03d|JOB_TYPE=start|"
#define STOPPED     "MESSAGE_ID=9d1aaa27d60140bd96365438aad20286|JOB_TYPE=stop|JOB_RESULT=done|"
#define SUCCESS     "MESSAGE_ID=7ad2d189f7e94e70a38c781354912448|"
#define FAILURE     "MESSAGE_ID=d9b373ed55a64feb8242e02dbe79a49c|"
#define SKIPPED     "MESSAGE_ID=0e4284a0caca4bfc81c0bb6786972673|UNIT_RESULT=exec-condition|"
#define EXIT        "MESSAGE_ID=98e322203f7a4ed290d09fe03c09fe15|"
#define RESTART     "MESSAGE_ID=5eb03494b6584870a536b337290809b3|"
#define RELOADED    "MESSAGE_ID=7b05ebc668384222baa8881179cfda54|JOB_TYPE=reload|"
#define WEB         "_UID=1101|_SYSTEMD_UNIT=user@1101.service|"
#define A           "USER_INVOCATION_ID=dfc1000000000000000000000000000a|"
#define B           "USER_INVOCATION_ID=dfc1000000000000000000000000000b|"
#define PID1        "_PID=1|_UID=0|UNIT=user@1101.service|INVOCATION_ID=dfc1000000000000000000000000000c|"
#define OURS        "_UID=996|_SYSTEMD_UNIT=userunitd.service|USERUNIT_ACCOUNT_UID=1101|"
#define OUTCOME     "MESSAGE_ID=" RECORD_OUTCOME_ID_STR "|USERUNIT_CHANGED=yes|"

/* Fields with `|` behind each, in order, each 1 s behind the one before; and the event without its time and
 * cursor, or NULL. */
typedef struct Row {
        const char *entry;
        const char *event;
} Row;

static void fill_entry(Entry *entry, const char *text, uint64_t realtime) {
        entry_reset(entry);
        entry->realtime = realtime;
        entry->cursor = strdup("c");
        assert_non_null(entry->cursor);
        while (*text) {
                size_t n = strcspn(text, "|");

                assert_int_equal(entry_add(entry, text, n), 0);
                text += n + (text[n] == '|');
        }
}

static void check_rows(const Row *rows, uint64_t gap) {
        EventMemory *memory = NULL;
        Entry entry = ENTRY_NULL;
        uint64_t now = UINT64_C(1795469922000000);

        assert_int_equal(event_memory_new(&memory), 0);
        for (; rows->entry; rows++, now += gap) {
                JsonWriter w = JSON_WRITER_INIT(65536);
                char *line = NULL, prefix[128];
                Event event;
                int r;

                fill_entry(&entry, rows->entry, now);
                r = event_from_entry(&entry, SELF, memory, &event);
                if (!rows->event) {
                        assert_int_equal(r, 0);
                        continue;
                }
                if (r != 1)
                        fail_msg("no event: %s", rows->entry);
                event_write(&event, &entry, NULL, &w);
                assert_int_equal(json_writer_finish(&w, &line, NULL), 0);
                (void) snprintf(prefix, sizeof(prefix),
                        "{\"time\":%ju,\"cursor\":\"c\",\"event\":", (uintmax_t) now);
                assert_memory_equal(line, prefix, strlen(prefix));
                assert_string_equal(line + strlen(prefix), rows->event);
                free(line);
        }
        entry_done(&entry);
        event_memory_free(memory);
}

#define OF(unit) ",\"uid\":1101,\"unit\":\"" unit "\""
#define INV_A    ",\"invocation\":\"dfc1000000000000000000000000000a\""
#define INV_B    ",\"invocation\":\"dfc1000000000000000000000000000b\""
#define INV_C    ",\"invocation\":\"dfc1000000000000000000000000000c\""

static void test_starts_and_stops(void **state) {
        static const Row rows[] = {
                { WEB A STARTED "USER_UNIT=a.service|MESSAGE=Started a.service.|",
                        "\"started\"" OF("a.service") INV_A ",\"message\":\"Started a.service.\"}" },
                { WEB A RELOADED "JOB_RESULT=done|USER_UNIT=a.service|",
                        "\"reloaded\"" OF("a.service") INV_A "}" },
                { WEB A RELOADED "JOB_RESULT=failed|USER_UNIT=a.service|",
                        "\"reloaded\"" OF("a.service") ",\"result\":\"failed\"" INV_A "}" },
                { WEB A STOPPED "USER_UNIT=a.service|", "\"stopped\"" OF("a.service") INV_A "}" },
                /* A manager that logs at debug level says both; the end counts once. */
                { WEB B STARTED "USER_UNIT=a.service|", "\"started\"" OF("a.service") INV_B "}" },
                { WEB B SUCCESS "USER_UNIT=a.service|",
                        "\"stopped\"" OF("a.service") ",\"result\":\"success\"" INV_B "}" },
                { WEB B STOPPED "USER_UNIT=a.service|", NULL },
                { WEB A STARTED "USER_UNIT=x.target|", "\"started\"" OF("x.target") INV_A "}" },
                { WEB A STOPPED "USER_UNIT=x.target|", "\"stopped\"" OF("x.target") INV_A "}" },
                {},
        };

        check_rows(rows, USEC_PER_SEC);
}

static void test_failures(void **state) {
        static const Row rows[] = {
                { WEB A EXIT
                        "USER_UNIT=a.service|EXIT_CODE=exited|EXIT_STATUS=3|MESSAGE=a.service: Main process exited|",
                        NULL },
                { WEB A FAILURE "USER_UNIT=a.service|UNIT_RESULT=exit-code|",
                        "\"failed\"" OF(
                                "a.service") ",\"result\":\"exit-code\",\"exit_code\":\"exited\",\"exit_status\":\"3\"" INV_A
                                             "}" },
                { WEB A START_ENDED "JOB_RESULT=failed|USER_UNIT=a.service|", NULL },
                { WEB A STOPPED "USER_UNIT=a.service|", NULL },
                { WEB B EXIT
                        "USER_UNIT=a.service|EXIT_CODE=killed|EXIT_STATUS=9|MESSAGE=a.service: Main process exited|",
                        NULL },
                { WEB B EXIT
                        "USER_UNIT=a.service|EXIT_CODE=exited|EXIT_STATUS=1|MESSAGE=a.service: Control process exited|",
                        NULL },
                { WEB B FAILURE "USER_UNIT=a.service|UNIT_RESULT=timeout|",
                        "\"failed\"" OF(
                                "a.service") ",\"result\":\"timeout\",\"exit_code\":\"killed\",\"exit_status\":\"KILL\"" INV_B
                                             "}" },
                /* Another invocation's exit is none of this one's. */
                { WEB A FAILURE "USER_UNIT=a.service|UNIT_RESULT=signal|",
                        "\"failed\"" OF("a.service") ",\"result\":\"signal\"" INV_A "}" },
                { WEB START_ENDED "JOB_RESULT=dependency|USER_UNIT=b.service|",
                        "\"failed\"" OF("b.service") ",\"result\":\"dependency\"}" },
                { WEB START_ENDED "JOB_RESULT=failed|USER_UNIT=b.target|",
                        "\"failed\"" OF("b.target") ",\"result\":\"failed\"}" },
                { WEB START_ENDED "JOB_RESULT=collected|USER_UNIT=b.service|", NULL },
                {},
        };

        check_rows(rows, USEC_PER_SEC);
}

/* 252 says "stopped" on the way, 257 does not. */
static void test_restarts(void **state) {
        static const Row rows[] = {
                { WEB A FAILURE "USER_UNIT=a.service|UNIT_RESULT=exit-code|",
                        "\"failed\"" OF("a.service") ",\"result\":\"exit-code\"" INV_A "}" },
                { WEB A RESTART "USER_UNIT=a.service|N_RESTARTS=1|",
                        "\"restarting\"" OF("a.service") ",\"restarts\":1" INV_A "}" },
                { WEB A STOPPED "USER_UNIT=a.service|", NULL },
                { WEB B STARTED "USER_UNIT=a.service|",
                        "\"started\"" OF("a.service") ",\"restarts\":1" INV_B "}" },
                { WEB B FAILURE "USER_UNIT=a.service|UNIT_RESULT=exit-code|",
                        "\"failed\"" OF("a.service") ",\"result\":\"exit-code\",\"restarts\":1" INV_B "}" },
                { WEB A STARTED "USER_UNIT=a.service|", "\"started\"" OF("a.service") INV_A "}" },
                {},
        };

        check_rows(rows, USEC_PER_SEC);
}

static void test_what_is_long_ago(void **state) {
        static const Row rows[] = {
                { WEB A EXIT
                        "USER_UNIT=a.service|EXIT_CODE=exited|EXIT_STATUS=3|MESSAGE=a.service: Main process exited|",
                        NULL },
                { WEB A FAILURE "USER_UNIT=a.service|UNIT_RESULT=exit-code|",
                        "\"failed\"" OF("a.service") ",\"result\":\"exit-code\"" INV_A "}" },
                {},
        };

        check_rows(rows, EVENT_MEMORY_USEC + 1);
}

static void test_conditions(void **state) {
        static const Row rows[] = {
                { WEB STARTED
                        "USER_UNIT=a.service|MESSAGE=a.service was skipped because of an unmet condition check (X).|",
                        "\"skipped\"" OF(
                                "a.service") ",\"result\":\"condition\",\"message\":\"a.service was skipped because of an unmet condition check (X).\"}" },
                { WEB STARTED "USER_UNIT=a.service|MESSAGE=a.service skipped, unmet condition check X|",
                        "\"skipped\"" OF(
                                "a.service") ",\"result\":\"condition\",\"message\":\"a.service skipped, unmet condition check X\"}" },
                { WEB A SKIPPED "USER_UNIT=a.service|",
                        "\"skipped\"" OF("a.service") ",\"result\":\"exec-condition\"" INV_A "}" },
                { WEB A STARTED
                        "USER_UNIT=a.service|MESSAGE=Condition check resulted in a.service being skipped.|",
                        NULL },
                {},
        };

        check_rows(rows, USEC_PER_SEC);
}

static void test_others(void **state) {
        static const Row rows[] = {
                { PID1 STARTED, "\"manager-started\",\"uid\":1101" INV_C "}" },
                { PID1 SUCCESS, "\"manager-stopped\",\"uid\":1101,\"result\":\"success\"" INV_C "}" },
                { PID1 STOPPED, NULL },
                { PID1 FAILURE "UNIT_RESULT=signal|",
                        "\"manager-failed\",\"uid\":1101,\"result\":\"signal\"" INV_C "}" },
                { "MESSAGE_ID=" EVENT_COREDUMP_ID_STR
                  "|_UID=1101|_SYSTEMD_UNIT=systemd-coredump@1-2-0.service|COREDUMP_UID=1101|COREDUMP_USER_UNIT=a.service|COREDUMP_SIGNAL_NAME=SIGSEGV|",
                        "\"dumped-core\"" OF(
                                "a.service") ",\"exit_code\":\"dumped\",\"exit_status\":\"SEGV\"}" },
                { OURS OUTCOME "USERUNIT_METHOD=linger.enable|USERUNIT_CALLER_UID=1003|",
                        "\"linger-on\",\"uid\":1101,\"verb\":\"enable-linger\",\"caller_uid\":1003}" },
                { OURS OUTCOME "USERUNIT_METHOD=unit-files.mask|USERUNIT_UNIT=a.service|",
                        "\"files-changed\"" OF("a.service") ",\"verb\":\"mask\"}" },
                { OURS OUTCOME "USERUNIT_METHOD=units.restart|USERUNIT_UNIT=a.service|", NULL },
                { OURS "MESSAGE_ID=" RECORD_EVENT_ID_STR "|USERUNIT_EVENT=linger-off|",
                        "\"linger-off\",\"uid\":1101}" },
                {},
        };

        check_rows(rows, USEC_PER_SEC);
}

static void test_forgeries(void **state) {
        static const Row rows[] = {
                /* Of another account, from inside one's own manager. */
                { "_UID=1102|_SYSTEMD_UNIT=user@1101.service|" STARTED "USER_UNIT=a.service|", NULL },
                { "_UID=1102|_SYSTEMD_UNIT=user@1102.service|" STARTED "USER_UNIT=a.service|_UID=1101|",
                        NULL },
                { "_UID=1102|_SYSTEMD_UNIT=session-1.scope|" STARTED "USER_UNIT=a.service|", NULL },
                { "_PID=7|_UID=1102|_SYSTEMD_UNIT=user@1102.service|" STARTED "UNIT=user@1101.service|",
                        NULL },
                { "_PID=1|_UID=0|UNIT=user@01101.service|" STARTED, NULL },
                { "_UID=1102|_SYSTEMD_UNIT=user@1102.service|MESSAGE_ID=" EVENT_COREDUMP_ID_STR
                  "|COREDUMP_UID=1101|",
                        NULL },
                { "_UID=1102|_SYSTEMD_UNIT=userunitd.service|USERUNIT_ACCOUNT_UID=1101|" OUTCOME
                  "USERUNIT_METHOD=linger.enable|",
                        NULL },
                { "_UID=996|_SYSTEMD_UNIT=user@996.service|USERUNIT_ACCOUNT_UID=1101|" OUTCOME
                  "USERUNIT_METHOD=linger.enable|",
                        NULL },
                /* Of one's own, what is no name, no text, no number. */
                { WEB STARTED "USER_UNIT=../a.service|", NULL },
                { WEB STARTED "USER_UNIT=a\x1b[2J.service|", NULL },
                { WEB STARTED "USER_UNIT=a@.service|", NULL },
                { WEB FAILURE "USER_UNIT=a.service|UNIT_RESULT=\xff|MESSAGE=\xff|USER_INVOCATION_ID=zz|",
                        "\"failed\"" OF("a.service") "}" },
                { WEB RESTART "USER_UNIT=a.service|N_RESTARTS=-1|", "\"restarting\"" OF("a.service") "}" },
                { WEB STARTED "USER_UNIT=b.service|MESSAGE=one\ntwo|",
                        "\"started\"" OF("b.service") ",\"message\":\"one\"}" },
                {},
        };

        check_rows(rows, USEC_PER_SEC);
}

/* An account that speaks of thousands of units pushes out nobody else's. */
static void test_memory_is_bounded(void **state) {
        EventMemory *memory = NULL;
        Entry entry = ENTRY_NULL;
        char text[256];
        Event event;

        assert_int_equal(event_memory_new(&memory), 0);
        fill_entry(&entry, WEB A RESTART "USER_UNIT=a.service|N_RESTARTS=7|", 1);
        assert_int_equal(event_from_entry(&entry, SELF, memory, &event), 1);
        for (unsigned i = 0; i < 5000; i++) {
                (void) snprintf(text, sizeof(text),
                        "_UID=1102|_SYSTEMD_UNIT=user@1102.service|" RESTART
                        "USER_UNIT=x%u.service|N_RESTARTS=1|",
                        i);
                fill_entry(&entry, text, 2 + i);
                assert_int_equal(event_from_entry(&entry, SELF, memory, &event), 1);
        }
        fill_entry(&entry, WEB B STARTED "USER_UNIT=a.service|", 6000);
        assert_int_equal(event_from_entry(&entry, SELF, memory, &event), 1);
        assert_int_equal(event.restarts, 7);
        entry_done(&entry);
        event_memory_free(memory);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_starts_and_stops),
                cmocka_unit_test(test_failures),
                cmocka_unit_test(test_restarts),
                cmocka_unit_test(test_what_is_long_ago),
                cmocka_unit_test(test_conditions),
                cmocka_unit_test(test_others),
                cmocka_unit_test(test_forgeries),
                cmocka_unit_test(test_memory_is_bounded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
