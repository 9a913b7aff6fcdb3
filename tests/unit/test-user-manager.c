/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Managers of accounts against a PID 1 that is normal, fails, lies, is silent or goes away. */

#include "tests/unit/mock-system.h"

#include <systemd/sd-login.h>

#include "daemon/system/user-manager.h"

/* What sd-login(3) says; stands in for libsystemd's function, which reads /run. It counts down to "offline".
 */
static unsigned login_closing;

int sd_uid_get_state(uid_t uid, char **ret) {
        *ret = strdup(login_closing > 0 ? "closing" : "offline");
        if (login_closing > 0)
                login_closing--;
        return *ret ? 0 : -ENOMEM;
}

typedef struct Listed {
        unsigned n_calls;
        UserManagerState states[16];
        size_t n;
        ErrorCode code;
        char message[1024];
} Listed;

typedef struct Ended {
        unsigned n_calls;
        UserManagerResult result;
        ErrorCode code;
        char message[1024];
        UserManagerJob *job; /* freed from within the handler */
} Ended;

static void copy_error(const Error *error, ErrorCode *code, char message[static 1024]) {
        if (!error)
                return;
        *code = error->code;
        snprintf(message, 1024, "%s", error_message(error));
        assert_null(strpbrk(message, "\n\r\033"));
        assert_true(strlen(message) < 1000);
}

static void on_listed(const UserManagerState *states, size_t n, const Error *error, void *userdata) {
        Listed *listed = userdata;

        assert_true(n <= ELEMENTSOF(listed->states));
        assert_true(!states == (n == 0));
        listed->n_calls++;
        listed->n = n;
        if (n > 0)
                memcpy(listed->states, states, n * sizeof(*states));
        copy_error(error, &listed->code, listed->message);
}

static void on_ended(const UserManagerResult *result, const Error *error, void *userdata) {
        Ended *ended = userdata;

        ended->n_calls++;
        ended->result = *result;
        copy_error(error, &ended->code, ended->message);
        ended->job = user_manager_job_unref(ended->job);
}

static void test_units(void **state) {
        static const char *const bad[] = { "", "user@.service", "user@0.service", "user@01.service",
                "user@-1.service", "user@+1.service", "user@1.service.d", "user@1.servicex", "user@1",
                "user@ 1.service", "user@4294967295.service", "user@4294967296.service",
                "user@18446744073709551617.service", "user@1x.service", "xuser@1.service", "user-1.slice",
                "user@1.slice", "user@1\n.service" };
        char buf[USER_MANAGER_UNIT_MAX];
        uid_t uid;

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                assert_int_equal(user_manager_unit_parse(bad[i], &uid), -EINVAL);
        assert_int_equal(user_manager_unit_parse("user@1.service", &uid), 0);
        assert_int_equal(uid, 1);
        assert_int_equal(user_manager_unit_parse("user@4294967294.service", &uid), 0);
        assert_int_equal(uid, 4294967294U);
        assert_string_equal(user_manager_unit(4294967294U, buf), "user@4294967294.service");
        assert_string_equal(user_manager_active_to_string(USER_MANAGER_STOPPING), "stopping");
        assert_string_equal(user_manager_active_to_string((UserManagerActive) 77), "unknown");
}

static void list(Mock *mock, Listed *listed, const uid_t *uids, size_t n, uint64_t deadline) {
        _cleanup_(user_manager_states_unrefp) UserManagerStates *states = NULL;

        assert_int_equal(user_manager_states_start(mock->client, mock->event, uids, n,
                                 mock_now(mock) + deadline, on_listed, listed, &states),
                0);
        assert_int_equal(listed->n_calls, 0);
        mock_run(mock, &listed->n_calls);
}

static void test_list_all(void **state) {
        Mock *mock = mock_new("active");
        Listed listed = {};

        mock->others = true;
        list(mock, &listed, NULL, 0, USEC_PER_SEC);
        assert_int_equal(listed.code, ERROR_NONE);
        assert_int_equal(listed.n, 5);
        assert_int_equal(listed.states[0].uid, 905);
        assert_int_equal(listed.states[0].active, USER_MANAGER_FAILED);
        assert_int_equal(listed.states[1].uid, MOCK_UID);
        assert_string_equal(listed.states[1].active_state, "active");
        assert_string_equal(listed.states[1].sub_state, "running");
        assert_string_equal(listed.states[1].load_state, "loaded");
        assert_int_equal(user_manager_state_get(listed.states, listed.n, 1102), USER_MANAGER_STOPPING);
        assert_int_equal(user_manager_state_get(listed.states, listed.n, 1103), USER_MANAGER_RUNNING);
        assert_int_equal(user_manager_state_get(listed.states, listed.n, 4294967294U), USER_MANAGER_STOPPED);
        assert_int_equal(user_manager_state_get(listed.states, listed.n, 1), USER_MANAGER_STOPPED);
        assert_int_equal(user_manager_state_get(NULL, 0, 1), USER_MANAGER_STOPPED);
        assert_null(user_manager_state_find(listed.states, listed.n, 0));
        mock_free(mock);
}

static void test_list_some(void **state) {
        static const uid_t uids[] = { MOCK_UID, 905, MOCK_UID };
        Mock *mock = mock_new("active");
        uid_t many[200];
        Listed listed = {};

        mock->others = true;
        list(mock, &listed, uids, ELEMENTSOF(uids), USEC_PER_SEC);
        assert_int_equal(listed.n, 2);
        assert_int_equal(listed.states[0].uid, 905);

        for (size_t i = 0; i < ELEMENTSOF(many); i++)
                many[i] = (uid_t) (1200 - i);
        listed = (Listed){};
        list(mock, &listed, many, ELEMENTSOF(many), USEC_PER_SEC);
        assert_int_equal(listed.n, 3);

        /* No account is not "all". */
        listed = (Listed){};
        list(mock, &listed, many, 0, USEC_PER_SEC);
        assert_int_equal(listed.n, 0);
        assert_int_equal(listed.code, ERROR_NONE);
        mock_free(mock);
}

static void test_list_bad(void **state) {
        static const struct {
                Manner manner;
                const char *error_name;
                ErrorCode code;
        } cases[] = {
                { MANNER_SILENT, NULL, ERROR_TIMEOUT },
                { MANNER_GARBAGE, NULL, ERROR_UNAVAILABLE },
                { MANNER_HANGUP, NULL, ERROR_UNAVAILABLE },
                { MANNER_ERROR, SD_BUS_ERROR_ACCESS_DENIED, ERROR_UNAVAILABLE },
                { MANNER_ERROR, SD_BUS_ERROR_SERVICE_UNKNOWN, ERROR_UNAVAILABLE },
        };
        static const char *const states[] = { "", "ACTIVE", "act ive", "waytoolongtobeastate", "a\n" };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Mock *mock = mock_new("active");
                Listed listed = {};

                mock->list = cases[i].manner;
                mock->error_name = cases[i].error_name;
                mock->error_text = "bad\nnews \033[31m";
                list(mock, &listed, NULL, 0, 50 * USEC_PER_MSEC);
                assert_int_equal(listed.code, cases[i].code);
                assert_int_equal(listed.n, 0);
                mock_free(mock);
        }

        for (size_t i = 0; i < ELEMENTSOF(states); i++) {
                Mock *mock = mock_new("active");
                Listed listed = {};

                mock->raw_state = states[i];
                list(mock, &listed, NULL, 0, USEC_PER_SEC);
                assert_int_equal(listed.code, ERROR_UNAVAILABLE);
                mock_free(mock);
        }
}

static void test_list_cancel(void **state) {
        Mock *mock = mock_new("active");
        UserManagerStates *states;
        Listed listed = {};

        assert_int_equal(user_manager_states_start(mock->client, mock->event, NULL, 0,
                                 mock_now(mock) + 10 * USEC_PER_MSEC, on_listed, &listed, &states),
                0);
        assert_null(user_manager_states_unref(states));
        mock_run_for(mock, 30 * USEC_PER_MSEC);
        assert_int_equal(listed.n_calls, 0);
        assert_null(user_manager_states_unref(NULL));

        sd_bus_close(mock->client);
        assert_int_equal(user_manager_states_start(mock->client, mock->event, NULL, 0, UINT64_MAX, on_listed,
                                 &listed, &states),
                -ENOTCONN);
        mock_free(mock);
}

static void start(Mock *mock, Ended *ended, UserManagerVerb verb, uint64_t deadline) {
        assert_int_equal(user_manager_job_start(mock->client, mock->event, MOCK_UID, verb,
                                 mock_now(mock) + deadline, on_ended, ended, &ended->job),
                0);
        assert_int_equal(ended->n_calls, 0);
}

/* Runs one job to its end. */
static void run(Mock *mock, Ended *ended, UserManagerVerb verb, uint64_t deadline) {
        *ended = (Ended){};
        start(mock, ended, verb, deadline);
        mock_run(mock, &ended->n_calls);
}

static void test_job_normal(void **state) {
        static const struct {
                UserManagerVerb verb;
                const char *before, *member;
                UserManagerActive from, to;
                bool changed;
        } cases[] = {
                { USER_MANAGER_START, "inactive", "StartUnit", USER_MANAGER_STOPPED, USER_MANAGER_RUNNING,
                        true },
                { USER_MANAGER_START, "failed", "StartUnit", USER_MANAGER_FAILED, USER_MANAGER_RUNNING,
                        true },
                { USER_MANAGER_START, "active", "StartUnit", USER_MANAGER_RUNNING, USER_MANAGER_RUNNING,
                        false },
                { USER_MANAGER_STOP, "active", "StopUnit", USER_MANAGER_RUNNING, USER_MANAGER_STOPPED,
                        true },
                { USER_MANAGER_STOP, "inactive", "StopUnit", USER_MANAGER_STOPPED, USER_MANAGER_STOPPED,
                        false },
                { USER_MANAGER_RESTART, "active", "RestartUnit", USER_MANAGER_RUNNING, USER_MANAGER_RUNNING,
                        true },
        };
        static const Manner manners[] = { MANNER_NORMAL, MANNER_EARLY };

        for (size_t i = 0; i < ELEMENTSOF(cases) * ELEMENTSOF(manners); i++) {
                size_t j = i / ELEMENTSOF(manners);
                Mock *mock = mock_new(cases[j].before);
                Ended ended;

                mock->job = manners[i % ELEMENTSOF(manners)];
                mock->forge = true;
                run(mock, &ended, cases[j].verb, 5 * USEC_PER_SEC);
                assert_int_equal(ended.code, ERROR_NONE);
                assert_string_equal(mock->job_member, cases[j].member);
                assert_string_equal(ended.result.job_result, "done");
                assert_int_equal(ended.result.before, cases[j].from);
                assert_int_equal(ended.result.after, cases[j].to);
                assert_int_equal(ended.result.changed, cases[j].changed);
                assert_int_equal(mock->n_subscribe, 1);
                mock_free(mock);
        }
}

static void test_job_fails(void **state) {
        static const struct {
                UserManagerVerb verb;
                const char *before, *result, *after;
                bool changed;
        } cases[] = {
                { USER_MANAGER_START, "inactive", "failed", "failed", true },
                { USER_MANAGER_START, "inactive", "canceled", "inactive", false },
                { USER_MANAGER_START, "inactive", "timeout", "failed", true },
                { USER_MANAGER_START, "inactive", "dependency", "inactive", false },
                { USER_MANAGER_START, "inactive", "done", "inactive", false },
                { USER_MANAGER_STOP, "active", "canceled", "active", false },
                { USER_MANAGER_RESTART, "active", "failed", "active", true },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Mock *mock = mock_new(cases[i].before);
                Ended ended;

                mock->job_result = cases[i].result;
                mock->active_after = cases[i].after;
                run(mock, &ended, cases[i].verb, 5 * USEC_PER_SEC);
                assert_int_equal(ended.code, ERROR_MANAGER_FAILED);
                assert_non_null(strstr(ended.message, "`systemctl status user@1101.service`"));
                assert_non_null(strstr(ended.message, cases[i].result));
                assert_string_equal(ended.result.job_result, cases[i].result);
                assert_int_equal(ended.result.changed, cases[i].changed);
                mock_free(mock);
        }
}

static void test_job_refused(void **state) {
        static const struct {
                const char *name;
                ErrorCode code;
                const char *says;
        } cases[] = {
                { SD_BUS_ERROR_ACCESS_DENIED, ERROR_UNAVAILABLE, "polkit" },
                { SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED, ERROR_UNAVAILABLE, "polkit" },
                { "org.freedesktop.systemd1.UnitMasked", ERROR_MANAGER_FAILED, "systemctl status" },
                { "org.freedesktop.systemd1.NoSuchUnit", ERROR_MANAGER_FAILED, "systemctl status" },
                { "org.freedesktop.systemd1.TransactionIsDestructive", ERROR_UNAVAILABLE, "going down" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                Mock *mock = mock_new("inactive");
                char text[4096];
                Ended ended;

                memset(text, 'x', sizeof(text) - 1);
                text[sizeof(text) - 1] = '\0';
                memcpy(text, "no\n\033[31m", 8);
                mock->job = MANNER_ERROR;
                mock->error_name = cases[i].name;
                mock->error_text = text;
                run(mock, &ended, USER_MANAGER_START, 5 * USEC_PER_SEC);
                assert_int_equal(ended.code, cases[i].code);
                assert_non_null(strstr(ended.message, cases[i].says));
                assert_false(ended.result.changed);
                assert_int_equal(ended.result.before, USER_MANAGER_STOPPED);
                mock_free(mock);
        }
}

static void test_job_garbage(void **state) {
        Mock *mock = mock_new("inactive");
        Ended ended;

        mock->job = MANNER_GARBAGE;
        run(mock, &ended, USER_MANAGER_START, 5 * USEC_PER_SEC);
        assert_int_equal(ended.code, ERROR_UNAVAILABLE);
        mock_free(mock);
}

static void test_job_silent(void **state) {
        Mock *mock = mock_new("inactive");
        Ended ended;

        mock->job = MANNER_SILENT;
        run(mock, &ended, USER_MANAGER_START, 50 * USEC_PER_MSEC);
        assert_int_equal(ended.code, ERROR_TIMEOUT);
        assert_false(ended.result.changed);
        mock_free(mock);

        /* A manager that never gets ready. */
        mock = mock_new("inactive");
        mock->job_usec = 60 * USEC_PER_SEC;
        run(mock, &ended, USER_MANAGER_START, 50 * USEC_PER_MSEC);
        assert_int_equal(ended.code, ERROR_TIMEOUT);
        assert_non_null(strstr(ended.message, "goes on"));
        assert_true(ended.result.changed);
        mock_free(mock);

        /* A PID 1 that stops answering in between. */
        mock = mock_new("inactive");
        mock->list = MANNER_SILENT;
        run(mock, &ended, USER_MANAGER_START, 50 * USEC_PER_MSEC);
        assert_int_equal(ended.code, ERROR_TIMEOUT);
        mock_free(mock);
}

static void test_job_lost(void **state) {
        Mock *mock = mock_new("inactive");
        Ended ended;

        /* The end is found by looking. */
        mock->job = MANNER_LOST;
        run(mock, &ended, USER_MANAGER_START, 5 * USEC_PER_SEC);
        assert_int_equal(ended.code, ERROR_NONE);
        assert_string_equal(ended.result.job_result, "");
        assert_int_equal(ended.result.after, USER_MANAGER_RUNNING);
        assert_true(ended.result.changed);
        mock_free(mock);

        mock = mock_new("inactive");
        mock->job = MANNER_LOST;
        mock->active_after = "failed";
        run(mock, &ended, USER_MANAGER_START, 5 * USEC_PER_SEC);
        assert_int_equal(ended.code, ERROR_MANAGER_FAILED);
        mock_free(mock);

        /* A job that takes longer than the first look. */
        mock = mock_new("inactive");
        mock->job_usec = 1500 * USEC_PER_MSEC;
        run(mock, &ended, USER_MANAGER_START, 5 * USEC_PER_SEC);
        assert_int_equal(ended.code, ERROR_NONE);
        assert_string_equal(ended.result.job_result, "done");
        mock_free(mock);
}

static void test_job_gone(void **state) {
        Mock *mock = mock_new("inactive");
        Ended ended;

        mock->job = MANNER_GONE;
        mock->n_gone = 2;
        run(mock, &ended, USER_MANAGER_START, 5 * USEC_PER_SEC);
        assert_int_equal(ended.code, ERROR_NONE);
        assert_int_equal(mock->n_job, 3);
        assert_int_equal(mock->n_subscribe, 3);
        mock_free(mock);

        /* What may have been done already is not done twice. */
        mock = mock_new("active");
        mock->job = MANNER_GONE;
        mock->n_gone = 1;
        run(mock, &ended, USER_MANAGER_RESTART, 5 * USEC_PER_SEC);
        assert_int_equal(ended.code, ERROR_UNAVAILABLE);
        assert_int_equal(mock->n_job, 1);
        mock_free(mock);

        /* PID 1 is away when it is asked how it went. */
        mock = mock_new("inactive");
        mock->list = MANNER_GONE;
        mock->n_gone = 3;
        run(mock, &ended, USER_MANAGER_START, 5 * USEC_PER_SEC);
        assert_int_equal(ended.code, ERROR_NONE);
        assert_int_equal(ended.result.before, USER_MANAGER_UNKNOWN);
        assert_true(ended.result.changed);
        mock_free(mock);
}

static void test_job_closing(void **state) {
        static const UserManagerVerb verbs[] = { USER_MANAGER_START, USER_MANAGER_RESTART };
        Ended ended;
        Mock *mock;

        for (size_t i = 0; i < ELEMENTSOF(verbs); i++) {
                /* Nothing is asked for before logind has forgotten the account. */
                mock = mock_new("inactive");
                login_closing = 3;
                ended = (Ended){};
                start(mock, &ended, verbs[i], 5 * USEC_PER_SEC);
                mock_run_for(mock, 50 * USEC_PER_MSEC);
                assert_int_equal(mock->n_list, 1);
                assert_int_equal(mock->n_job, 0);
                mock_run(mock, &ended.n_calls);
                assert_int_equal(ended.code, ERROR_NONE);
                assert_int_equal(login_closing, 0);
                assert_int_equal(mock->n_job, 1);
                mock_free(mock);

                /* A manager that runs is not in danger. */
                mock = mock_new("active");
                login_closing = 1000;
                run(mock, &ended, verbs[i], 90 * USEC_PER_MSEC);
                assert_int_equal(ended.code, ERROR_NONE);
                mock_free(mock);

                /* It does not end. */
                mock = mock_new("inactive");
                login_closing = 1000;
                run(mock, &ended, verbs[i], 50 * USEC_PER_MSEC);
                assert_int_equal(ended.code, ERROR_TIMEOUT);
                assert_non_null(strstr(ended.message, "logind"));
                assert_false(ended.result.changed);
                assert_int_equal(mock->n_job, 0);
                mock_free(mock);

                mock = mock_new("inactive");
                mock->list = MANNER_ERROR;
                mock->error_name = SD_BUS_ERROR_NO_REPLY;
                login_closing = 1000;
                run(mock, &ended, verbs[i], 50 * USEC_PER_MSEC);
                assert_int_equal(ended.code, ERROR_TIMEOUT);
                assert_int_equal(mock->n_job, 1);
                mock_free(mock);
        }

        mock = mock_new("active");
        login_closing = 1000;
        run(mock, &ended, USER_MANAGER_STOP, 90 * USEC_PER_MSEC);
        assert_int_equal(ended.code, ERROR_NONE);
        login_closing = 0;
        mock_free(mock);
}

static void test_job_hangup(void **state) {
        static const UserManagerVerb verbs[] = { USER_MANAGER_START, USER_MANAGER_STOP,
                USER_MANAGER_RESTART };

        for (size_t i = 0; i < ELEMENTSOF(verbs); i++) {
                Mock *mock = mock_new("active");
                UserManagerJob *job;
                Ended ended;

                mock->job = MANNER_HANGUP;
                run(mock, &ended, verbs[i], 5 * USEC_PER_SEC);
                assert_int_equal(ended.code, ERROR_UNAVAILABLE);
                assert_int_equal(user_manager_job_start(mock->client, mock->event, MOCK_UID,
                                         USER_MANAGER_START, UINT64_MAX, on_ended, &ended, &job),
                        -ENOTCONN);
                mock_free(mock);
        }

        /* While the job runs. */
        Mock *mock = mock_new("inactive");
        Ended ended = {};

        mock->job_usec = 60 * USEC_PER_SEC;
        start(mock, &ended, USER_MANAGER_START, 5 * USEC_PER_SEC);
        mock_run_for(mock, 30 * USEC_PER_MSEC);
        sd_bus_close(mock->server);
        mock_run(mock, &ended.n_calls);
        assert_int_equal(ended.code, ERROR_UNAVAILABLE);
        assert_true(ended.result.changed);
        mock_free(mock);
}

static void test_job_cancel(void **state) {
        UserManagerJob *none;
        Ended ended = {};

        /* At any moment of its life. */
        for (unsigned i = 0; i < 25; i++) {
                Mock *mock = mock_new("inactive");

                start(mock, &ended, USER_MANAGER_START, 30 * USEC_PER_MSEC);
                for (unsigned j = 0; j < i && ended.n_calls == 0; j++)
                        (void) sd_event_run(mock->event, USEC_PER_MSEC);
                ended.job = user_manager_job_unref(ended.job);
                ended.n_calls = 0;
                mock_run_for(mock, 10 * USEC_PER_MSEC);
                assert_int_equal(ended.n_calls, 0);
                mock_free(mock);
        }

        Mock *mock = mock_new("inactive");
        assert_int_equal(user_manager_job_start(mock->client, mock->event, 0, USER_MANAGER_START, UINT64_MAX,
                                 on_ended, &ended, &none),
                -EINVAL);
        assert_int_equal(user_manager_job_start(mock->client, mock->event, (uid_t) -1, USER_MANAGER_START,
                                 UINT64_MAX, on_ended, &ended, &none),
                -EINVAL);
        assert_null(user_manager_job_unref(NULL));
        mock_free(mock);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_units),
                cmocka_unit_test(test_list_all),
                cmocka_unit_test(test_list_some),
                cmocka_unit_test(test_list_bad),
                cmocka_unit_test(test_list_cancel),
                cmocka_unit_test(test_job_normal),
                cmocka_unit_test(test_job_fails),
                cmocka_unit_test(test_job_refused),
                cmocka_unit_test(test_job_garbage),
                cmocka_unit_test(test_job_silent),
                cmocka_unit_test(test_job_lost),
                cmocka_unit_test(test_job_gone),
                cmocka_unit_test(test_job_closing),
                cmocka_unit_test(test_job_hangup),
                cmocka_unit_test(test_job_cancel),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
