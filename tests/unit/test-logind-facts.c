/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What logind knows of an account, from an sd-login(3) that is played here. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <systemd/sd-login.h>

#include "common/strv.h"
#include "daemon/system/logind-facts.h"

#define UID 1101

typedef struct Session {
        const char *id;
        uid_t uid;
        const char *state, *type, *class, *service, *desktop, *seat, *tty, *display, *remote_host,
                *remote_user;
        int remote;
        unsigned vt;
        pid_t leader;
        uint64_t since;
} Session;

static const char *login_state;
static int login_state_error, login_sessions_error;
static const Session *login_sessions;
static size_t login_n_sessions;
static const char *login_ended; /* id of a session that is listed and no longer there */

static int dup_to(const char *s, char **ret) {
        if (!s)
                return -ENODATA;
        *ret = strdup(s);
        return *ret ? 0 : -ENOMEM;
}

static const Session *find(const char *id) {
        for (size_t i = 0; i < login_n_sessions; i++)
                if (streq(login_sessions[i].id, id) && !streq_ptr(id, login_ended))
                        return login_sessions + i;
        return NULL;
}

int sd_uid_get_state(uid_t uid, char **ret) {
        return login_state_error < 0 ? login_state_error : dup_to(login_state, ret);
}

int sd_uid_get_sessions(uid_t uid, int require_active, char ***ret) {
        *ret = NULL;
        if (login_sessions_error < 0)
                return login_sessions_error;
        for (size_t i = 0; i < login_n_sessions; i++)
                assert_int_equal(strv_extend(ret, login_sessions[i].id), 0);
        return (int) login_n_sessions;
}

int sd_session_get_uid(const char *id, uid_t *ret) {
        const Session *session = find(id);

        if (!session)
                return -ENXIO;
        *ret = session->uid;
        return 0;
}

int sd_session_is_remote(const char *id) {
        return find(id)->remote;
}

int sd_session_get_vt(const char *id, unsigned *ret) {
        *ret = find(id)->vt;
        return *ret > 0 ? 0 : -ENODATA;
}

/* Only newer headers declare these two. */
int played_leader(const char *id, pid_t *ret) __asm__("sd_session_get_leader");
int played_start_time(const char *id, uint64_t *ret) __asm__("sd_session_get_start_time");

int played_leader(const char *id, pid_t *ret) {
        *ret = find(id)->leader;
        return 0;
}

int played_start_time(const char *id, uint64_t *ret) {
        *ret = find(id)->since;
        return 0;
}

#define GETTER(member)                                                                                      \
        int sd_session_get_##member(const char *id, char **ret) {                                           \
                return dup_to(find(id)->member, ret);                                                       \
        }                                                                                                   \
        struct swallow_the_semicolon

GETTER(state);
GETTER(type);
GETTER(class);
GETTER(service);
GETTER(desktop);
GETTER(seat);
GETTER(tty);
GETTER(display);
GETTER(remote_host);
GETTER(remote_user);

static int setup(void **state) {
        login_state = "offline";
        login_state_error = login_sessions_error = 0;
        login_sessions = NULL;
        login_n_sessions = 0;
        login_ended = NULL;
        return 0;
}

/* Reads the facts, writes them, and holds the text against the strict scanner and the expected one. */
static void check(const char *expected, size_t holding) {
        _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(1024 * 1024);
        _cleanup_(logind_facts_done) LogindFacts facts = LOGIND_FACTS_NULL;
        _cleanup_free_ char *text = NULL;
        size_t length;

        assert_int_equal(logind_facts_get(UID, &facts), 0);
        assert_int_equal(facts.uid, UID);
        assert_int_equal(logind_facts_holding(&facts), holding);

        json_begin_object(&w);
        logind_facts_write(&facts, &w);
        json_end_object(&w);
        assert_int_equal(json_writer_finish(&w, &text, &length), 0);
        if (expected)
                assert_string_equal(text, expected);
}

static void test_offline(void **state) {
        check("{\"state\":\"offline\",\"slice\":\"user-1101.slice\",\"sessions\":[]}", 0);
        login_sessions_error = -ENODATA;
        check("{\"state\":\"offline\",\"slice\":\"user-1101.slice\",\"sessions\":[]}", 0);
}

static void test_sessions(void **state) {
        static const Session sessions[] = {
                { .id = "3",
                        .uid = UID,
                        .state = "active",
                        .type = "tty",
                        .class = "user",
                        .service = "sshd",
                        .tty = "pts/0",
                        .remote_host = "192.0.2.7",
                        .remote_user = "",
                        .remote = 1,
                        .leader = 4711,
                        .since = 1700000000000000 },
                { .id = "c1",
                        .uid = UID,
                        .state = "closing",
                        .type = "x11",
                        .class = "background",
                        .desktop = "GNOME",
                        .seat = "seat0",
                        .display = ":0",
                        .vt = 2,
                        .leader = -1 },
                { .id = "4",
                        .uid = UID,
                        .state = "online",
                        .type = "unspecified",
                        .class = "manager-early" },
                { .id = "5", .uid = UID + 1, .state = "online", .type = "tty", .class = "user" },
                { .id = "6", .uid = UID, .state = "online", .type = "tty", .class = "user" },
        };

        login_state = "active";
        login_sessions = sessions;
        login_n_sessions = ELEMENTSOF(sessions);
        login_ended = "6";
        check("{\"state\":\"active\",\"slice\":\"user-1101.slice\",\"sessions\":["
              "{\"session\":\"3\",\"state\":\"active\",\"class\":\"user\",\"type\":\"tty\",\"service\":\"sshd\","
              "\"tty\":\"pts/0\",\"remote\":true,\"remote_host\":\"192.0.2.7\",\"leader\":4711,"
              "\"since\":1700000000000000},"
              "{\"session\":\"c1\",\"state\":\"closing\",\"class\":\"background\",\"type\":\"x11\","
              "\"desktop\":\"GNOME\",\"seat\":\"seat0\",\"vt\":2,\"display\":\":0\",\"remote\":false},"
              "{\"session\":\"4\",\"state\":\"online\",\"class\":\"manager-early\",\"type\":\"unspecified\","
              "\"remote\":false}]}",
                2);
}

static void test_hostile_strings(void **state) {
        _cleanup_(logind_facts_done) LogindFacts facts = LOGIND_FACTS_NULL;
        char longest[LOGIND_STRING_MAX + 1], umlauts[2 * LOGIND_STRING_MAX + 2], binary[4096];
        Session session = { .id = "3", .uid = UID, .tty = "a\nb\033[31m\"\\\377" };

        memset(longest, 'x', sizeof(longest) - 1);
        longest[sizeof(longest) - 1] = '\0';
        umlauts[0] = 'x';
        for (size_t i = 0; i < LOGIND_STRING_MAX; i++)
                memcpy(umlauts + 1 + 2 * i, "\303\266", 3);
        memset(binary, 0x80, sizeof(binary) - 1);
        binary[sizeof(binary) - 1] = '\0';
        session.service = longest;
        session.remote_host = umlauts;
        session.remote_user = binary;
        login_sessions = &session;
        login_n_sessions = 1;

        assert_int_equal(logind_facts_get(UID, &facts), 0);
        assert_int_equal(strlen(facts.sessions[0].service), LOGIND_STRING_MAX);
        /* One byte less: not in the middle of a character. */
        assert_int_equal(strlen(facts.sessions[0].remote_host), LOGIND_STRING_MAX - 1);
        assert_memory_equal(facts.sessions[0].remote_host + LOGIND_STRING_MAX - 3, "\303\266", 3);
        assert_true(strlen(facts.sessions[0].remote_user) <= LOGIND_STRING_MAX);
        assert_true(strlen(facts.sessions[0].remote_user) >= LOGIND_STRING_MAX - 4);
        check(NULL, 1);
}

static void test_many(void **state) {
        _cleanup_(logind_facts_done) LogindFacts facts = LOGIND_FACTS_NULL;
        _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(1024 * 1024);
        static char ids[LOGIND_SESSIONS_MAX + 10][8];
        static Session sessions[ELEMENTSOF(ids)];
        _cleanup_free_ char *text = NULL;

        for (size_t i = 0; i < ELEMENTSOF(ids); i++) {
                snprintf(ids[i], sizeof(ids[i]), "%zu", i);
                sessions[i] = (Session){ .id = ids[i], .uid = UID, .class = "user" };
        }
        login_sessions = sessions;
        login_n_sessions = ELEMENTSOF(sessions);

        assert_int_equal(logind_facts_get(UID, &facts), 0);
        assert_int_equal(facts.n_sessions, LOGIND_SESSIONS_MAX);
        assert_int_equal(facts.n_sessions_total, LOGIND_SESSIONS_MAX + 10);
        assert_int_equal(logind_facts_holding(&facts), LOGIND_SESSIONS_MAX + 10);
        json_begin_object(&w);
        logind_facts_write(&facts, &w);
        json_end_object(&w);
        assert_int_equal(json_writer_finish(&w, &text, NULL), 0);
        assert_non_null(strstr(text, "\"sessions_total\":74"));
}

static void test_errors(void **state) {
        LogindFacts facts;

        assert_int_equal(logind_facts_get((uid_t) -1, &facts), -EINVAL);
        login_sessions_error = -EIO;
        assert_int_equal(logind_facts_get(UID, &facts), -EIO);
        login_state_error = -ENOMEM;
        assert_int_equal(logind_facts_get(UID, &facts), -ENOMEM);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(test_offline),
                TEST(test_sessions),
                TEST(test_hostile_strings),
                TEST(test_many),
                TEST(test_errors),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
