/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The connection to the account's manager, see manager.h. */

#include "daemon/worker/manager/manager.h"

#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* How long to wait before trying a socket again whose queue is full: connect(2) cannot be polled for that.
 */
#define CONNECT_RETRY_MSEC 10

/* How long signals are handled in a row: a flood of them must not keep us from the daemon. */
#define DISPATCH_USEC (50U * USEC_PER_MSEC)

void manager_disconnect(Manager *m) {
        if (!m->bus)
                return;

        m->generation++;
        m->job_slot = sd_bus_slot_unref(m->job_slot);
        /* Nothing is flushed: that could block. */
        m->bus = sd_bus_close_unref(m->bus);
}

static int not_running(Error *error) {
        return error_set(
                error, ERROR_MANAGER_NOT_RUNNING, "The service manager of this account is not running.");
}

static int timed_out(Manager *m, Error *error) {
        manager_disconnect(m);
        return error_set(error, ERROR_TIMEOUT,
                "The service manager of this account does not answer: it is stopped or busy. \"userunitctl doctor %u\" looks for the reason.",
                (unsigned) m->uid);
}

static int connection_lost(Manager *m, int r, Error *error) {
        manager_disconnect(m);
        if (r == -ENOMEM)
                return error_set(error, ERROR_MANAGER_FAILED,
                        "The service manager of this account sent more than fits into memory.");
        return error_set(error, ERROR_MANAGER_FAILED,
                "The connection to the service manager of this account broke: %s.", strerrordesc_np(-r));
}

int manager_nonsense(int r, Error *error) {
        if (r == -ENOMEM)
                return error_set(error, ERROR_INTERNAL, "No memory for the manager's answer.");
        return error_set(error, ERROR_MANAGER_FAILED,
                "The service manager of this account gave an answer that makes no sense.");
}

/* One connect(2) that never blocks; -EAGAIN at the deadline. */
static int connect_socket(const char *path, uint64_t deadline, int *ret) {
        union {
                struct sockaddr sa;
                struct sockaddr_un un;
        } address = { .un.sun_family = AF_UNIX };
        _cleanup_close_ int fd = -EBADF;

        if (strlen(path) >= sizeof(address.un.sun_path))
                return -ENAMETOOLONG;
        strcpy(address.un.sun_path, path);

        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;

        while (connect(fd, &address.sa, sizeof(address.un)) < 0) {
                if (errno == EINTR)
                        continue;
                if (errno != EAGAIN)
                        return -errno;
                if (clock_now_usec() >= deadline)
                        return -EAGAIN;
                (void) poll(NULL, 0, CONNECT_RETRY_MSEC);
        }

        *ret = TAKE_FD(fd);
        return 0;
}

static int check_peer(int fd, uid_t uid) {
        struct ucred ucred;
        socklen_t size = sizeof(ucred);

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &ucred, &size) < 0)
                return -errno;
        if (size != sizeof(ucred) || ucred.uid != uid)
                return -EPERM;
        return 0;
}

/* The runtime directory must be the account's own; only root can make or replace it in its parent. */
static int check_runtime_directory(const char *path, uid_t uid) {
        struct stat st;

        if (lstat(path, &st) < 0)
                return -errno;
        if (!S_ISDIR(st.st_mode) || st.st_uid != uid)
                return -EPERM;
        return 0;
}

static bool errno_is_absent(int r) {
        return r == -ENOENT || r == -ECONNREFUSED || r == -ENOTDIR;
}

static int open_socket(Manager *m, int *ret, bool *ret_direct) {
        static const char *const sockets[] = { "systemd/private", "bus" };
        char directory[PATH_MAX], path[PATH_MAX];
        int r;

        (void) snprintf(directory, sizeof(directory), "%s/%u", m->runtime_root, (unsigned) m->uid);
        r = check_runtime_directory(directory, m->uid);
        if (r < 0)
                return r;

        for (size_t i = 0; i < ELEMENTSOF(sockets); i++) {
                _cleanup_close_ int fd = -EBADF;

                if (snprintf(path, sizeof(path), "%s/%s", directory, sockets[i]) >= (int) sizeof(path))
                        return -ENAMETOOLONG;

                r = connect_socket(path, m->deadline, &fd);
                if (errno_is_absent(r))
                        continue;
                if (r < 0)
                        return r;

                r = check_peer(fd, m->uid);
                if (r < 0)
                        return r;

                *ret = TAKE_FD(fd);
                *ret_direct = i == 0;
                return 0;
        }

        return -ENOENT;
}

static int open_bus(Manager *m) {
        _cleanup_(sd_bus_close_unrefp) sd_bus *bus = NULL;
        _cleanup_close_ int fd = -EBADF;
        bool direct;
        int r;

        r = open_socket(m, &fd, &direct);
        if (r < 0)
                return r;

        r = sd_bus_new(&bus);
        if (r < 0)
                return r;

        r = sd_bus_set_fd(bus, fd, fd);
        if (r < 0)
                return r;
        (void) TAKE_FD(fd);

        r = sd_bus_set_bus_client(bus, !direct);
        if (r < 0)
                return r;

        /* A service may be given its caller's streams. What a manager sends us is closed with its message.
         */
        r = sd_bus_negotiate_fds(bus, true);
        if (r < 0)
                return r;

        r = sd_bus_start(bus);
        if (r < 0)
                return r;

        m->bus = TAKE_PTR(bus);
        m->direct = direct;
        return 0;
}

int manager_dispatch(Manager *m) {
        uint64_t give_up = clock_now_usec() + DISPATCH_USEC;
        int r;

        if (!m->bus)
                return 0;

        /* What is left is found by the next poll(). */
        do
                r = sd_bus_process(m->bus, NULL);
        while (r > 0 && clock_now_usec() < give_up);

        if (r < 0 || sd_bus_is_open(m->bus) <= 0) {
                manager_disconnect(m);
                return r < 0 ? r : -ECONNRESET;
        }

        return 0;
}

int manager_connect(Manager *m, Error *error) {
        int r;

        /* What was dead before we asked anything may be opened anew; what dies later may have acted already.
         */
        (void) manager_dispatch(m);
        if (m->bus)
                return 0;

        r = open_bus(m);
        if (errno_is_absent(r))
                return not_running(error);
        if (r == -EAGAIN)
                return timed_out(m, error);
        if (r == -EPERM)
                return error_set(error, ERROR_MANAGER_FAILED,
                        "The runtime directory of this account, or its manager's socket, belongs to someone else: \"userunitctl doctor %u\" says what mends it.",
                        (unsigned) m->uid);
        if (r < 0)
                return connection_lost(m, r, error);
        return 0;
}

bool manager_pollfd(Manager *m, int *ret_fd, short *ret_events) {
        int fd, events;

        if (!m->bus)
                return false;

        fd = sd_bus_get_fd(m->bus);
        events = sd_bus_get_events(m->bus);
        if (fd < 0 || events < 0)
                return false;

        *ret_fd = fd;
        *ret_events = (short) events;
        return true;
}

/* Waits for the connection, until the exchange's deadline or sd-bus's own. */
static int wait_for_bus(Manager *m) {
        uint64_t now = clock_now_usec(), until = UINT64_MAX;
        struct pollfd p = {};

        if (now >= m->deadline)
                return -ETIMEDOUT;
        if (!manager_pollfd(m, &p.fd, &p.events))
                return -ECONNRESET;

        (void) sd_bus_get_timeout(m->bus, &until);
        until = MIN(until, m->deadline);
        if (until > now && poll(&p, 1, (int) ((until - now + 999U) / USEC_PER_MSEC)) < 0 && errno != EINTR)
                return -errno;
        return 0;
}

int manager_step(Manager *m) {
        int r;

        r = sd_bus_process(m->bus, NULL);
        if (r < 0)
                return r;
        if (r > 0 && clock_now_usec() < m->deadline)
                return 0;
        return wait_for_bus(m);
}

int manager_broken(Manager *m, int r, Error *error) {
        return r == -ETIMEDOUT ? timed_out(m, error) : connection_lost(m, r, error);
}

typedef struct PendingCall {
        sd_bus_message *reply;
} PendingCall;

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        PendingCall *pending = userdata;

        pending->reply = sd_bus_message_ref(reply);
        return 0;
}

static int exchange(Manager *m, sd_bus_message *call, sd_bus_message **ret, Error *error) {
        _cleanup_(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
        PendingCall pending = {};
        int r;

        r = sd_bus_call_async(m->bus, &slot, call, on_reply, &pending, UINT64_MAX);
        if (r < 0)
                return connection_lost(m, r, error);

        while (!pending.reply) {
                r = manager_step(m);
                if (r < 0 && !pending.reply)
                        return manager_broken(m, r, error);
        }

        *ret = pending.reply;
        return 0;
}

int manager_message_new(Manager *m, const char *path, const char *interface, const char *member,
        sd_bus_message **ret, Error *error) {
        _cleanup_message_ sd_bus_message *call = NULL;
        int r;

        r = manager_connect(m, error);
        if (r < 0)
                return r;

        r = sd_bus_message_new_method_call(
                m->bus, &call, m->direct ? NULL : MANAGER_DESTINATION, path, interface, member);
        if (r < 0)
                return manager_nonsense(r, error);

        /* Reads never start anything, and neither does anything else here. */
        r = sd_bus_message_set_auto_start(call, false);
        if (r < 0)
                return manager_nonsense(r, error);

        *ret = TAKE_PTR(call);
        return 0;
}

int manager_call(Manager *m, sd_bus_message *call, sd_bus_message **ret, Error *error) {
        _cleanup_message_ sd_bus_message *reply = NULL;
        const sd_bus_error *e;
        int r;

        r = exchange(m, call, &reply, error);
        if (r < 0)
                return r;

        e = sd_bus_message_get_error(reply);
        if (e) {
                r = manager_error(e->name, e->message, error);
                /* sd-bus answers for a peer that has gone. */
                if (sd_bus_is_open(m->bus) <= 0)
                        manager_disconnect(m);
                return streq_ptr(e->name, SD_BUS_ERROR_UNKNOWN_METHOD) ? -EBADRQC : r;
        }

        if (ret)
                *ret = TAKE_PTR(reply);
        return 0;
}

int manager_call_method(
        Manager *m, const char *member, sd_bus_message **ret, Error *error, const char *types, ...) {
        _cleanup_message_ sd_bus_message *call = NULL;
        va_list ap;
        int r;

        r = manager_message_new(m, MANAGER_PATH, MANAGER_INTERFACE, member, &call, error);
        if (r < 0)
                return r;

        if (!isempty(types)) {
                va_start(ap, types);
                r = sd_bus_message_appendv(call, types, ap);
                va_end(ap);
                if (r < 0)
                        return manager_nonsense(r, error);
        }

        return manager_call(m, call, ret, error);
}

int manager_subscribe(Manager *m, Error *error) {
        int r;

        r = manager_connect(m, error);
        if (r < 0)
                return r;
        if (m->job_slot)
                return 0;

        /* Asynchronous where a bus must be told: its answer comes before that to the calls we make next. */
        r = sd_bus_match_signal_async(m->bus, &m->job_slot, m->direct ? NULL : MANAGER_DESTINATION,
                MANAGER_PATH, MANAGER_INTERFACE, "JobRemoved", m->on_job_removed, NULL, m->userdata);
        if (r < 0)
                return connection_lost(m, r, error);

        r = manager_call_method(m, "Subscribe", NULL, error, NULL);
        if (r < 0)
                m->job_slot = sd_bus_slot_unref(m->job_slot);
        return r;
}
