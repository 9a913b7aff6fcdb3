/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Linger: its directory, and changes against a logind and a PID 1 that are normal, fail, or are silent. */

#include "tests/unit/mock-system.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

#include <systemd/sd-login.h>

#include "common/strv.h"
#include "daemon/system/candidates.h"
#include "daemon/system/linger.h"

/* What sd-login(3) is to say. These stand in for libsystemd's functions, which read /run. */
static const char *login_state;
static const char *login_class; /* of the one session; NULL: no session */

int sd_uid_get_state(uid_t uid, char **ret) {
        *ret = strdup(login_state);
        return *ret ? 0 : -ENOMEM;
}

int sd_uid_get_sessions(uid_t uid, int require_active, char ***ret) {
        *ret = NULL;
        if (!login_class)
                return 0;
        return strv_extend(ret, "7") < 0 ? -ENOMEM : 1;
}

int sd_session_get_uid(const char *session, uid_t *ret) {
        *ret = MOCK_UID;
        return 0;
}

int sd_session_get_class(const char *session, char **ret) {
        *ret = strdup(login_class);
        return *ret ? 0 : -ENOMEM;
}

typedef struct Ended {
        unsigned n_calls;
        LingerResult result;
        char note[512];
        ErrorCode code;
        char message[1024];
        LingerChange *change;
} Ended;

static Account account = { .n_ref = 1, .uid = MOCK_UID, .gid = 1101, .name = (char *) "svc-web" };

static int setup(void **state) {
        char *directory = strdup("/tmp/test-linger-XXXXXX");

        assert_non_null(mkdtemp(directory));
        *state = directory;
        login_state = "lingering";
        login_class = NULL;
        return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
        return remove(path);
}

static int teardown(void **state) {
        assert_int_equal(nftw(*state, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
        free(*state);
        return 0;
}

static void touch(const char *directory, const char *name) {
        char path[512];
        int fd;

        snprintf(path, sizeof(path), "%s/%s", directory, name);
        fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        assert_true(fd >= 0);
        close(fd);
}

static void test_escape(void **state) {
        static const struct {
                const char *name, *escaped;
        } cases[] = {
                { "svc-web", "svc-web" },
                { "user@realm.example", "user@realm.example" },
                { "DOM\\user", "DOM\\\\user" },
                { "j\303\266rg", "j\\303\\266rg" },
                { "a b'c\"d", "a b\\'c\\\"d" },
                { "\a\b\f\n\r\t\v\001\037\177\377", "\\a\\b\\f\\n\\r\\t\\v\\001\\037\\177\\377" },
                { "", "" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_free_ char *escaped = linger_name_escape(cases[i].name), *back = NULL;

                assert_string_equal(escaped, cases[i].escaped);
                assert_int_equal(linger_name_unescape(escaped, &back), 0);
                assert_string_equal(back, cases[i].name);
        }
}

static void test_enabled(void **state) {
        const char *directory = *state;
        char path[512];

        touch(directory, "svc-web");
        touch(directory, "DOM\\\\user");
        snprintf(path, sizeof(path), "%s/link", directory);
        assert_int_equal(symlink("svc-web", path), 0);
        snprintf(path, sizeof(path), "%s/dir", directory);
        assert_int_equal(mkdir(path, 0755), 0);

        assert_int_equal(linger_is_enabled(directory, "svc-web"), 1);
        assert_int_equal(linger_is_enabled(directory, "DOM\\user"), 1);
        assert_int_equal(linger_is_enabled(directory, "svc-api"), 0);
        assert_int_equal(linger_is_enabled(directory, "link"), 0);
        assert_int_equal(linger_is_enabled(directory, "dir"), 0);
        assert_int_equal(linger_is_enabled("/nonexistent", "svc-web"), 0);
        assert_int_equal(linger_is_enabled(directory, ""), -EINVAL);
        assert_int_equal(linger_is_enabled(directory, ".."), -EINVAL);
        assert_int_equal(linger_is_enabled(directory, "../x"), -EINVAL);
        /* Not "no". */
        snprintf(path, sizeof(path), "%s/svc-web", directory);
        assert_int_equal(linger_is_enabled(path, "svc-web"), -ENOTDIR);
}

static void test_list(void **state) {
        static const char *const bad[] = { ".hidden", "bad\\q", "bad\\", "nul\\000", "x\\057y", "ctl\\n" };
        _cleanup_strv_free_ char **names = NULL, **none = NULL;
        const char *directory = *state;
        char path[512];

        touch(directory, "svc-web");
        touch(directory, "DOM\\\\user");
        touch(directory, "api");
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                touch(directory, bad[i]);
        snprintf(path, sizeof(path), "%s/link", directory);
        assert_int_equal(symlink("svc-web", path), 0);

        assert_int_equal(linger_list(directory, &names), 0);
        assert_int_equal(strv_length(names), 3);
        assert_string_equal(names[0], "DOM\\user");
        assert_string_equal(names[1], "api");
        assert_string_equal(names[2], "svc-web");

        assert_int_equal(linger_list("/nonexistent", &none), 0);
        assert_int_equal(strv_length(none), 0);
        snprintf(path, sizeof(path), "%s/svc-web", directory);
        assert_int_equal(linger_list(path, &none), -ENOTDIR);
}

static void test_list_many(void **state) {
        _cleanup_strv_free_ char **names = NULL;
        char name[32];

        for (unsigned i = 0; i < 300; i++) {
                snprintf(name, sizeof(name), "svc-%03u", 299 - i);
                touch(*state, name);
        }
        assert_int_equal(linger_list(*state, &names), 0);
        assert_int_equal(strv_length(names), 300);
        for (unsigned i = 0; i < 300; i++) {
                snprintf(name, sizeof(name), "svc-%03u", i);
                assert_string_equal(names[i], name);
        }
}

static void on_ended(const LingerResult *result, const Error *error, void *userdata) {
        Ended *ended = userdata;

        ended->n_calls++;
        ended->result = *result;
        if (result->note)
                snprintf(ended->note, sizeof(ended->note), "%s", result->note);
        if (error) {
                ended->code = error->code;
                snprintf(ended->message, sizeof(ended->message), "%s", error_message(error));
                assert_null(strpbrk(ended->message, "\n\r\033"));
        }
        ended->change = linger_change_unref(ended->change);
}

static void start(Mock *mock, const char *directory, Ended *ended, bool enable, uint64_t deadline) {
        *ended = (Ended){};
        assert_int_equal(linger_change_start(mock->client, mock->event, directory, &account, enable,
                                 mock_now(mock) + deadline, on_ended, ended, &ended->change),
                0);
        assert_int_equal(ended->n_calls, 0);
}

static void run(Mock *mock, const char *directory, Ended *ended, bool enable, uint64_t deadline) {
        start(mock, directory, ended, enable, deadline);
        mock_run(mock, &ended->n_calls);
}

static void test_enable(void **state) {
        Mock *mock = mock_new("inactive");
        Ended ended;

        run(mock, *state, &ended, true, 5 * USEC_PER_SEC);
        assert_int_equal(ended.code, ERROR_NONE);
        assert_true(mock->lingers);
        assert_int_equal(mock->n_job, 1);
        assert_true(ended.result.changed);
        assert_true(ended.result.lingers);
        assert_int_equal(ended.result.manager, USER_MANAGER_RUNNING);
        assert_null(ended.result.note);
        mock_free(mock);

        /* Lingers already: the manager is seen to all the same. */
        touch(*state, "svc-web");
        mock = mock_new("failed");
        run(mock, *state, &ended, true, 5 * USEC_PER_SEC);
        assert_int_equal(ended.code, ERROR_NONE);
        assert_false(ended.result.changed);
        assert_int_equal(ended.result.manager, USER_MANAGER_RUNNING);
        mock_free(mock);
}

static void test_enable_fails(void **state) {
        Mock *mock = mock_new("inactive");
        Ended ended;

        /* Linger is on, the manager would not start: both are told. */
        mock->job_result = "failed";
        mock->active_after = "failed";
        run(mock, *state, &ended, true, 5 * USEC_PER_SEC);
        assert_int_equal(ended.code, ERROR_MANAGER_FAILED);
        assert_true(ended.result.changed);
        assert_int_equal(ended.result.manager, USER_MANAGER_FAILED);
        assert_int_equal(mock->n_job, 1);
        mock_free(mock);

        /* Cancelled over and over by a stop. */
        mock = mock_new("inactive");
        mock->job_result = "canceled";
        mock->active_after = "inactive";
        run(mock, *state, &ended, true, 5 * USEC_PER_SEC);
        assert_int_equal(ended.code, ERROR_MANAGER_FAILED);
        assert_int_equal(mock->n_job, 3);
        mock_free(mock);

        mock = mock_new("inactive");
        mock->job = MANNER_SILENT;
        run(mock, *state, &ended, true, 50 * USEC_PER_MSEC);
        assert_int_equal(ended.code, ERROR_TIMEOUT);
        assert_true(ended.result.changed);
        assert_non_null(strstr(ended.message, "user@1101.service"));
        mock_free(mock);
}

static void test_logind_bad(void **state) {
        static const struct {
                Manner manner;
                const char *error_name;
                ErrorCode code;
                const char *says;
        } cases[] = {
                { MANNER_SILENT, NULL, ERROR_TIMEOUT, "systemd-logind" },
                { MANNER_HANGUP, NULL, ERROR_UNAVAILABLE, "logind" },
                { MANNER_ERROR, SD_BUS_ERROR_ACCESS_DENIED, ERROR_UNAVAILABLE, "polkit" },
                { MANNER_ERROR, SD_BUS_ERROR_SERVICE_UNKNOWN, ERROR_UNAVAILABLE, "logind" },
                { MANNER_ERROR, "System.Error.EROFS", ERROR_UNAVAILABLE, "systemd-logind" },
                { MANNER_ERROR, "System.Error.ESRCH", ERROR_NO_SUCH_ACCOUNT, "getent" },
                { MANNER_ERROR, SD_BUS_ERROR_UNIX_PROCESS_ID_UNKNOWN, ERROR_NO_SUCH_ACCOUNT, "getent" },
                { MANNER_ERROR, SD_BUS_ERROR_FILE_NOT_FOUND, ERROR_NO_SUCH_ACCOUNT, "getent" },
                { MANNER_ERROR, "org.freedesktop.login1.NoSuchUser", ERROR_NO_SUCH_ACCOUNT, "getent" },
        };

        for (size_t i = 0; i < 2 * ELEMENTSOF(cases); i++) {
                size_t j = i / 2;
                Mock *mock = mock_new("inactive");
                Ended ended;

                mock->linger = cases[j].manner;
                mock->error_name = cases[j].error_name;
                mock->error_text = "no\nway \033[31m";
                run(mock, *state, &ended, i % 2, 50 * USEC_PER_MSEC);
                assert_int_equal(ended.code, cases[j].code);
                assert_non_null(strstr(ended.message, cases[j].says));
                assert_non_null(strstr(ended.message, "svc-web"));
                assert_false(ended.result.changed);
                assert_int_equal(mock->n_job, 0);
                mock_free(mock);
        }
}

static void test_disable(void **state) {
        Mock *mock = mock_new("active");
        Ended ended;

        touch(*state, "svc-web");
        mock->linger_stops = true;
        mock->job_usec = 60 * USEC_PER_MSEC;
        run(mock, *state, &ended, false, 5 * USEC_PER_SEC);
        assert_int_equal(ended.code, ERROR_NONE);
        assert_false(mock->lingers);
        assert_true(ended.result.changed);
        assert_false(ended.result.lingers);
        assert_int_equal(ended.result.manager, USER_MANAGER_STOPPED);
        assert_null(ended.result.note);
        assert_int_equal(mock->n_job, 0);
        mock_free(mock);

        /* The manager's own session (systemd 256 and later) keeps nothing. */
        login_class = "manager-early";
        mock = mock_new("active");
        mock->linger_stops = true;
        run(mock, *state, &ended, false, 5 * USEC_PER_SEC);
        assert_int_equal(ended.code, ERROR_NONE);
        assert_int_equal(ended.result.manager, USER_MANAGER_STOPPED);
        mock_free(mock);

        /* It is down already. */
        mock = mock_new("failed");
        run(mock, *state, &ended, false, 5 * USEC_PER_SEC);
        assert_int_equal(ended.code, ERROR_NONE);
        assert_int_equal(ended.result.manager, USER_MANAGER_FAILED);
        mock_free(mock);
}

static void test_disable_kept(void **state) {
        Mock *mock = mock_new("active");
        Ended ended;

        /* By a session. */
        touch(*state, "svc-web");
        login_state = "active";
        login_class = "user";
        run(mock, *state, &ended, false, 5 * USEC_PER_SEC);
        assert_int_equal(ended.code, ERROR_NONE);
        assert_true(ended.result.changed);
        assert_int_equal(ended.result.manager, USER_MANAGER_RUNNING);
        assert_non_null(strstr(ended.note, "last logout"));
        mock_free(mock);

        /* Linger was on, and logind has never heard of it. */
        login_state = "offline";
        login_class = NULL;
        mock = mock_new("active");
        run(mock, *state, &ended, false, 5 * USEC_PER_SEC);
        assert_int_equal(ended.code, ERROR_NONE);
        assert_non_null(strstr(ended.note, "PID 1"));
        mock_free(mock);

        /* Linger was off. */
        assert_int_equal(teardown(state), 0);
        assert_int_equal(setup(state), 0);
        login_state = "offline";
        mock = mock_new("active");
        run(mock, *state, &ended, false, 500 * USEC_PER_MSEC);
        assert_int_equal(ended.code, ERROR_NONE);
        assert_false(ended.result.changed);
        assert_non_null(strstr(ended.note, "PID 1"));
        mock_free(mock);

        /* It was, but a logind that knows of the manager stops it. */
        login_state = "online";
        mock = mock_new("active");
        mock->linger_stops = true;
        run(mock, *state, &ended, false, 5 * USEC_PER_SEC);
        assert_int_equal(ended.code, ERROR_NONE);
        assert_null(ended.result.note);
        assert_int_equal(ended.result.manager, USER_MANAGER_STOPPED);
        mock_free(mock);
}

static void test_disable_slow(void **state) {
        Mock *mock = mock_new("deactivating");
        Ended ended;

        /* It does not go down in time. */
        touch(*state, "svc-web");
        login_state = "closing";
        run(mock, *state, &ended, false, 100 * USEC_PER_MSEC);
        assert_int_equal(ended.code, ERROR_TIMEOUT);
        assert_true(ended.result.changed);
        assert_int_equal(ended.result.manager, USER_MANAGER_STOPPING);
        assert_non_null(strstr(ended.message, "stopping"));
        mock_free(mock);

        /* PID 1 answers nonsense, then well; never; not at all. */
        mock = mock_new("inactive");
        mock->list = MANNER_GONE;
        mock->n_gone = 2;
        run(mock, *state, &ended, false, 5 * USEC_PER_SEC);
        assert_int_equal(ended.code, ERROR_NONE);
        assert_int_equal(mock->n_list, 3);
        mock_free(mock);

        mock = mock_new("inactive");
        mock->list = MANNER_GARBAGE;
        run(mock, *state, &ended, false, 100 * USEC_PER_MSEC);
        assert_int_equal(ended.code, ERROR_TIMEOUT);
        mock_free(mock);

        mock = mock_new("inactive");
        mock->list = MANNER_SILENT;
        run(mock, *state, &ended, false, 100 * USEC_PER_MSEC);
        assert_int_equal(ended.code, ERROR_TIMEOUT);
        assert_int_equal(ended.result.manager, USER_MANAGER_UNKNOWN);
        mock_free(mock);

        mock = mock_new("active");
        mock->list = MANNER_HANGUP;
        run(mock, *state, &ended, false, 5 * USEC_PER_SEC);
        assert_int_equal(ended.code, ERROR_UNAVAILABLE);
        mock_free(mock);
}

static void test_cancel(void **state) {
        touch(*state, "svc-web");
        for (unsigned i = 0; i < 60; i++) {
                Mock *mock = mock_new(i % 2 ? "inactive" : "active");
                Ended ended;

                mock->linger_stops = true;
                start(mock, *state, &ended, i % 2, 40 * USEC_PER_MSEC);
                for (unsigned j = 0; j < i / 2 && ended.n_calls == 0; j++)
                        (void) sd_event_run(mock->event, USEC_PER_MSEC);
                ended.change = linger_change_unref(ended.change);
                ended.n_calls = 0;
                mock_run_for(mock, 5 * USEC_PER_MSEC);
                assert_int_equal(ended.n_calls, 0);
                mock_free(mock);
        }
        assert_null(linger_change_unref(NULL));
}

static void test_refused(void **state) {
        Account root = { .n_ref = 1, .uid = 0, .name = (char *) "root" };
        Mock *mock = mock_new("inactive");
        LingerChange *change;
        Ended ended = {};
        char path[512];

        assert_int_equal(linger_change_start(mock->client, mock->event, *state, &root, true, UINT64_MAX,
                                 on_ended, &ended, &change),
                -EINVAL);
        touch(*state, "file");
        snprintf(path, sizeof(path), "%s/file", (char *) *state);
        assert_int_equal(linger_change_start(mock->client, mock->event, path, &account, true, UINT64_MAX,
                                 on_ended, &ended, &change),
                -ENOTDIR);
        sd_bus_close(mock->client);
        assert_int_equal(linger_change_start(mock->client, mock->event, *state, &account, true, UINT64_MAX,
                                 on_ended, &ended, &change),
                -ENOTCONN);
        mock_free(mock);
        assert_int_equal(ended.n_calls, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_escape),
                TEST(test_enabled),
                TEST(test_list),
                TEST(test_list_many),
                TEST(test_enable),
                TEST(test_enable_fails),
                TEST(test_logind_bad),
                TEST(test_disable),
                TEST(test_disable_kept),
                TEST(test_disable_slow),
                TEST(test_cancel),
                TEST(test_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
