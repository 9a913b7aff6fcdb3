/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An account's state and sessions from sd-login(3), see logind-facts.h. */

#include "daemon/system/logind-facts.h"

#include <systemd/sd-login.h>

#include "common/strv.h"
#include "common/utf8.h"
#include "daemon/account.h"

/* Since systemd 254, so not on Debian 12. Weak and under names of our own: one source compiles against
 * either header, and what is missing at run time is NULL. */
extern int session_get_leader(const char *session, pid_t *ret) __asm__("sd_session_get_leader")
        __attribute__((weak));
extern int session_get_start_time(const char *session, uint64_t *ret) __asm__("sd_session_get_start_time")
        __attribute__((weak));

typedef int (*SessionString)(const char *session, char **ret);

static const struct {
        size_t offset;
        SessionString get;
} session_strings[] = {
        { offsetof(LogindSession, state), sd_session_get_state },
        { offsetof(LogindSession, type), sd_session_get_type },
        { offsetof(LogindSession, class), sd_session_get_class },
        { offsetof(LogindSession, service), sd_session_get_service },
        { offsetof(LogindSession, desktop), sd_session_get_desktop },
        { offsetof(LogindSession, seat), sd_session_get_seat },
        { offsetof(LogindSession, tty), sd_session_get_tty },
        { offsetof(LogindSession, display), sd_session_get_display },
        { offsetof(LogindSession, remote_host), sd_session_get_remote_host },
        { offsetof(LogindSession, remote_user), sd_session_get_remote_user },
};

static char **session_string(LogindSession *session, size_t i) {
        return (char **) ((char *) session + session_strings[i].offset);
}

static void session_done(LogindSession *session) {
        for (size_t i = 0; i < ELEMENTSOF(session_strings); i++)
                free(*session_string(session, i));
        free(session->id);
        *session = (LogindSession){};
}

void logind_facts_done(LogindFacts *facts) {
        for (size_t i = 0; i < facts->n_sessions; i++)
                session_done(facts->sessions + i);
        free(facts->sessions);
        free(facts->state);
        *facts = LOGIND_FACTS_NULL;
}

/* Shortens a string in place to LOGIND_STRING_MAX bytes, not in the middle of a character. */
static void string_cap(char *s) {
        size_t n;

        if (strnlen(s, LOGIND_STRING_MAX + 1) <= LOGIND_STRING_MAX)
                return;
        for (n = LOGIND_STRING_MAX; n > LOGIND_STRING_MAX - UTF8_MAX; n--)
                if (((unsigned char) s[n] & 0xC0) != 0x80)
                        break;
        s[n] = '\0';
}

/* Describes one session of the account. Returns 0 where it has ended meanwhile, or its id is another
 * account's now. */
static int session_read(uid_t uid, const char *id, LogindSession *ret) {
        _cleanup_(session_done) LogindSession session = {};
        uid_t owner;
        int r;

        r = sd_session_get_uid(id, &owner);
        if (r == -ENOMEM)
                return r;
        if (r < 0 || owner != uid)
                return 0;

        session.id = strdup(id);
        if (!session.id)
                return -ENOMEM;

        for (size_t i = 0; i < ELEMENTSOF(session_strings); i++) {
                char **field = session_string(&session, i);

                /* Nothing recorded, or ended in this moment: both leave the member out. */
                r = session_strings[i].get(id, field);
                if (r == -ENOMEM)
                        return r;
                if (r < 0)
                        *field = NULL;
                if (isempty(*field)) {
                        free(*field);
                        *field = NULL;
                } else
                        string_cap(*field);
        }

        session.remote = sd_session_is_remote(id) > 0;
        if (sd_session_get_vt(id, &session.vt) < 0)
                session.vt = 0;
        if (!session_get_leader || session_get_leader(id, &session.leader) < 0 || session.leader < 0)
                session.leader = 0;
        if (!session_get_start_time || session_get_start_time(id, &session.since) < 0)
                session.since = 0;

        *ret = session;
        session = (LogindSession){};
        return 1;
}

static int facts_read_sessions(LogindFacts *facts, char *const *ids) {
        size_t n = strv_length(ids);

        facts->n_sessions_total = n;
        n = MIN(n, (size_t) LOGIND_SESSIONS_MAX);
        if (n == 0)
                return 0;

        facts->sessions = calloc(n, sizeof(*facts->sessions));
        if (!facts->sessions)
                return -ENOMEM;

        for (size_t i = 0; i < n; i++) {
                int r;

                r = session_read(facts->uid, ids[i], facts->sessions + facts->n_sessions);
                if (r < 0)
                        return r;
                if (r == 0)
                        facts->n_sessions_total--;
                else
                        facts->n_sessions++;
        }
        return 0;
}

int logind_facts_get(uid_t uid, LogindFacts *ret) {
        _cleanup_(logind_facts_done) LogindFacts facts = { .uid = uid };
        _cleanup_strv_free_ char **ids = NULL;
        int r;

        if (uid == UID_INVALID)
                return -EINVAL;

        r = sd_uid_get_state(uid, &facts.state);
        if (r < 0)
                return r;

        /* No file, or a file without sessions. */
        r = sd_uid_get_sessions(uid, /* require_active= */ 0, &ids);
        if (r < 0 && r != -ENODATA && r != -ENXIO && r != -ENOENT)
                return r;
        if (r > 0) {
                r = facts_read_sessions(&facts, ids);
                if (r < 0)
                        return r;
        }

        (void) snprintf(facts.slice, sizeof(facts.slice), "user-%u.slice", (unsigned) uid);
        *ret = facts;
        facts = LOGIND_FACTS_NULL;
        return 0;
}

bool logind_session_holds(const LogindSession *session) {
        return !session->class || !startswith(session->class, "manager");
}

size_t logind_facts_holding(const LogindFacts *facts) {
        size_t n = facts->n_sessions_total - facts->n_sessions;

        for (size_t i = 0; i < facts->n_sessions; i++)
                n += logind_session_holds(facts->sessions + i);
        return n;
}

static void write_if_known(JsonWriter *w, const char *key, const char *value) {
        if (value)
                json_write_key_string(w, key, value);
}

static void session_write(const LogindSession *session, JsonWriter *w) {
        json_begin_object(w);
        json_write_key_string(w, "session", session->id);
        write_if_known(w, "state", session->state);
        write_if_known(w, "class", session->class);
        write_if_known(w, "type", session->type);
        write_if_known(w, "service", session->service);
        write_if_known(w, "desktop", session->desktop);
        write_if_known(w, "seat", session->seat);
        write_if_known(w, "tty", session->tty);
        if (session->vt > 0)
                json_write_key_u64(w, "vt", session->vt);
        write_if_known(w, "display", session->display);
        json_write_key_bool(w, "remote", session->remote);
        write_if_known(w, "remote_host", session->remote_host);
        write_if_known(w, "remote_user", session->remote_user);
        if (session->leader > 0)
                json_write_key_u64(w, "leader", (uint64_t) session->leader);
        if (session->since > 0)
                json_write_key_u64(w, "since", session->since);
        json_end_object(w);
}

void logind_facts_write(const LogindFacts *facts, JsonWriter *w) {
        json_write_key_string(w, "state", facts->state);
        json_write_key_string(w, "slice", facts->slice);
        json_write_key(w, "sessions");
        json_begin_array(w);
        for (size_t i = 0; i < facts->n_sessions; i++)
                session_write(facts->sessions + i, w);
        json_end_array(w);
        if (facts->n_sessions_total > facts->n_sessions)
                json_write_key_u64(w, "sessions_total", facts->n_sessions_total);
}
