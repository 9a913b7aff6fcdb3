/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The system bus with deadlines, see bus.h. */

#include "client/doctor/bus.h"

#include <poll.h>

#include "client/reply.h"
#include "common/clock.h"
#include "common/contract.h"
#include "common/strv.h"

#define CONNECT_USEC (3 * USEC_PER_SEC)
#define ANSWER_USEC  (3 * USEC_PER_SEC)
/* The service has deadlines of its own, which end before this. */
#define SERVICE_USEC (12 * USEC_PER_SEC)

static const struct {
        const char *name, *path, *interface;
} peers[_PEER_MAX] = {
        [PEER_BUS] = { "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus" },
        [PEER_PID1] = { "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                "org.freedesktop.systemd1.Manager" },
        [PEER_LOGIND] = { "org.freedesktop.login1", "/org/freedesktop/login1",
                "org.freedesktop.login1.Manager" },
        [PEER_POLKIT] = { "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
                "org.freedesktop.PolicyKit1.Authority" },
        [PEER_SERVICE] = { BUS_NAME, BUS_PATH, BUS_INTERFACE },
};

void doctor_bus_done(DoctorBus *b) {
        /* Nothing is flushed: that could block. */
        b->bus = sd_bus_close_unref(b->bus);
}

/* sd_bus_call() waits for a connection that is being made without a deadline of ours, so that is done
 * before. */
static int wait_until_ready(sd_bus *bus, uint64_t deadline) {
        for (;;) {
                struct pollfd pollfd = {};
                uint64_t now = clock_now_usec();
                int r;

                r = sd_bus_is_ready(bus);
                if (r != 0)
                        return r < 0 ? r : 0;
                r = sd_bus_process(bus, NULL);
                if (r < 0)
                        return r;
                if (r > 0)
                        continue;
                if (now >= deadline)
                        return -ETIMEDOUT;

                pollfd.fd = sd_bus_get_fd(bus);
                pollfd.events = (short) MAX(sd_bus_get_events(bus), 0);
                if (pollfd.fd < 0)
                        return pollfd.fd;
                (void) poll(&pollfd, 1, (int) ((deadline - now) / USEC_PER_MSEC) + 1);
        }
}

int doctor_bus_connect(DoctorBus *b) {
        if (b->tried)
                return b->error;
        b->tried = true;

        b->error = sd_bus_open_system(&b->bus);
        if (b->error >= 0)
                b->error = wait_until_ready(b->bus, clock_now_usec() + CONNECT_USEC);
        if (b->error < 0)
                b->bus = sd_bus_close_unref(b->bus);
        return b->error;
}

static int new_call(DoctorBus *b, DoctorPeer peer, const char *path, const char *interface,
        const char *member, sd_bus_message **ret) {
        int r;

        r = doctor_bus_connect(b);
        if (r < 0)
                return r;
        if (b->silent[peer])
                return -ETIMEDOUT;
        r = sd_bus_message_new_method_call(b->bus, ret, peers[peer].name, path ? path : peers[peer].path,
                interface ? interface : peers[peer].interface, member);
        if (r < 0)
                return r;
        return sd_bus_message_set_auto_start(*ret, false);
}

static int send(DoctorBus *b, DoctorPeer peer, sd_bus_message *m, uint64_t usec, sd_bus_error *e,
        sd_bus_message **ret) {
        int r;

        r = sd_bus_call(b->bus, m, usec, e, ret);
        if (r == -ETIMEDOUT || sd_bus_error_has_name(e, SD_BUS_ERROR_NO_REPLY)) {
                b->silent[peer] = true;
                return -ETIMEDOUT;
        }
        return r < 0 ? r : 0;
}

int doctor_bus_has_owner(DoctorBus *b, DoctorPeer peer) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
        int owned, r;

        r = new_call(b, PEER_BUS, NULL, NULL, "NameHasOwner", &m);
        if (r >= 0)
                r = sd_bus_message_append(m, "s", peers[peer].name);
        if (r >= 0)
                r = send(b, PEER_BUS, m, ANSWER_USEC, &e, &reply);
        if (r >= 0)
                r = sd_bus_message_read(reply, "b", &owned);
        return r < 0 ? r : owned;
}

int doctor_bus_ping(DoctorBus *b, DoctorPeer peer) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
        int r;

        r = new_call(b, peer, NULL, "org.freedesktop.DBus.Peer", "Ping", &m);
        return r < 0 ? r : send(b, peer, m, ANSWER_USEC, &e, &reply);
}

int doctor_bus_string(DoctorBus *b, DoctorPeer peer, const char *property, char **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
        const char *text;
        int r;

        r = new_call(b, peer, NULL, "org.freedesktop.DBus.Properties", "Get", &m);
        if (r >= 0)
                r = sd_bus_message_append(m, "ss", peers[peer].interface, property);
        if (r >= 0)
                r = send(b, peer, m, ANSWER_USEC, &e, &reply);
        if (r >= 0)
                r = sd_bus_message_read(reply, "v", "s", &text);
        if (r < 0)
                return r;
        *ret = strdup(text);
        return *ret ? 0 : -ENOMEM;
}

void unit_facts_done(UnitFacts *u) {
        free(u->load);
        free(u->active);
        free(u->sub);
        free(u->result);
        free(u->file_state);
        free(u->load_error);
        free(u->fragment);
        strv_free(u->drop_ins);
        *u = (UnitFacts){};
}

static int read_text(sd_bus_message *m, const char *types, char **ret) {
        const char *name, *text;
        char *copy;
        int r;

        /* An error is "(ss)", name and text. */
        r = streq(types, "(ss)") ? sd_bus_message_read(m, "v", "(ss)", &name, &text)
                                 : sd_bus_message_read(m, "v", "s", &text);
        if (r < 0)
                return r;
        copy = strdup(text);
        if (!copy)
                return -ENOMEM;
        free(*ret);
        *ret = copy;
        return 0;
}

static int read_drop_ins(sd_bus_message *m, char ***ret) {
        int r;

        r = sd_bus_message_enter_container(m, 'v', "as");
        if (r >= 0)
                r = sd_bus_message_read_strv(m, ret);
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

/* One entry of the answer of GetAll; what is not asked for is skipped. */
static int read_property(sd_bus_message *m, const char *name, UnitFacts *u) {
        const struct {
                const char *name, *types;
                char **text;
        } texts[] = {
                { "LoadState", "s", &u->load },
                { "ActiveState", "s", &u->active },
                { "SubState", "s", &u->sub },
                { "Result", "s", &u->result },
                { "UnitFileState", "s", &u->file_state },
                { "LoadError", "(ss)", &u->load_error },
                { "FragmentPath", "s", &u->fragment },
        };
        const char *contents;
        uint32_t pid;
        int b, r;

        r = sd_bus_message_peek_type(m, NULL, &contents);
        if (r < 0)
                return r;

        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                if (streq(name, texts[i].name) && streq(contents, texts[i].types))
                        return read_text(m, contents, texts[i].text);
        if (streq(name, "DropInPaths") && streq(contents, "as"))
                return read_drop_ins(m, &u->drop_ins);
        if (streq(name, "ExecMainCode") && streq(contents, "i"))
                return sd_bus_message_read(m, "v", "i", &u->exec_code);
        if (streq(name, "ExecMainStatus") && streq(contents, "i"))
                return sd_bus_message_read(m, "v", "i", &u->exec_status);
        if (streq(name, "MainPID") && streq(contents, "u")) {
                r = sd_bus_message_read(m, "v", "u", &pid);
                if (r >= 0)
                        u->pid = pid;
                return r;
        }
        if (streq(name, "NeedDaemonReload") && streq(contents, "b")) {
                r = sd_bus_message_read(m, "v", "b", &b);
                if (r >= 0)
                        u->needs_reload = b;
                return r;
        }
        return sd_bus_message_skip(m, "v");
}

static int read_facts(sd_bus_message *reply, UnitFacts *u) {
        char **texts[] = { &u->load, &u->active, &u->sub, &u->result, &u->file_state, &u->load_error,
                &u->fragment };
        const char *name;
        int r;

        r = sd_bus_message_enter_container(reply, 'a', "{sv}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(reply, 'e', "sv")) > 0) {
                r = sd_bus_message_read(reply, "s", &name);
                if (r >= 0)
                        r = read_property(reply, name, u);
                if (r >= 0)
                        r = sd_bus_message_exit_container(reply);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;

        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                if (!*texts[i]) {
                        *texts[i] = strdup("");
                        if (!*texts[i])
                                return -ENOMEM;
                }
        return 0;
}

int doctor_bus_unit(DoctorBus *b, const char *unit, UnitFacts *ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
        _cleanup_(unit_facts_done) UnitFacts u = {};
        _cleanup_free_ char *path = NULL;
        int r;

        r = sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit, &path);
        if (r >= 0)
                r = new_call(b, PEER_PID1, path, "org.freedesktop.DBus.Properties", "GetAll", &m);
        /* All interfaces in one. */
        if (r >= 0)
                r = sd_bus_message_append(m, "s", "");
        if (r >= 0)
                r = send(b, PEER_PID1, m, ANSWER_USEC, &e, &reply);
        if (r >= 0)
                r = read_facts(reply, &u);
        if (r < 0)
                return r;

        *ret = u;
        u = (UnitFacts){};
        return 0;
}

static int ask_service(DoctorBus *b, const char *request, sd_bus_message **ret, sd_bus_error *e) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = new_call(b, PEER_SERVICE, NULL, NULL, "Call", &m);
        if (r >= 0)
                r = sd_bus_message_append(m, "sah", request, 0);
        return r < 0 ? r : send(b, PEER_SERVICE, m, SERVICE_USEC, e, ret);
}

int doctor_bus_ask(DoctorBus *b, const char *request, json_object **ret, Error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
        _cleanup_reply_ json_object *root = NULL;
        const char *text;
        ErrorCode code;
        int r;

        r = ask_service(b, request, &reply, &e);
        code = sd_bus_error_is_set(&e) ? error_code_from_bus_name(e.name) : _ERROR_INVALID;
        if (code > ERROR_NONE)
                return error_set(error, code, "%s", isempty(e.message) ? error_code_doc(code) : e.message);
        if (r >= 0)
                r = sd_bus_message_read(reply, "s", &text);
        if (r >= 0)
                r = reply_parse(text, strlen(text), &root);
        if (r < 0)
                return r;

        *ret = json_object_get(reply_object(root, "parameters"));
        return *ret ? 0 : -EBADMSG;
}
