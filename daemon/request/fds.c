/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The descriptors that come with a request, see request.h. The daemon looks at what they are and at nothing
 * in them: to read, write or wait for a stranger's descriptor could take for ever. The worker, which is the
 * account, hands them to the account's manager.
 */

#include <fcntl.h>
#include <sys/stat.h>

#include "common/limits.h"
#include "daemon/request/request.h"

static const char *const fd_names[] = { "input", "output", "error" };

static int refuse_message(Error *error) {
        return error_set(error, ERROR_INVALID_REQUEST, "The message cannot be read.");
}

static int refuse_number(const Method *method, Error *error) {
        if (method->request_fds == 0)
                return error_set(error, ERROR_INVALID_REQUEST,
                        "Malformed request: it comes with a descriptor, and %s takes none.", method->name);
        return error_set(error, ERROR_INVALID_REQUEST,
                "Malformed request: %s takes no descriptors, or %u of them.", method->name,
                method->request_fds);
}

void request_drop_fds(Request *request) {
        for (unsigned i = 0; i < request->n_request_fds; i++)
                safe_close(request->request_fds[i]);
        request->n_request_fds = 0;
}

/* Of all devices only those that are nobody's: /dev/null and its kin, see devices.txt of the kernel. A
 * terminal above all is the caller's: who has it reads what is typed after the command has ended, passwords
 * too, and the account may be anybody. */
static bool is_harmless_device(const struct statx *st) {
        return st->stx_rdev_major == 1 &&
                (st->stx_rdev_minor == 3 || st->stx_rdev_minor == 5 || st->stx_rdev_minor == 7 ||
                        st->stx_rdev_minor == 8 || st->stx_rdev_minor == 9);
}

/* What a standard stream can be: a directory would be a way into places that the account cannot reach, a
 * device is a disk or somebody's terminal, and one opened with O_PATH is no stream but a name for a file.
 * Which of reading and writing it was opened for is what its opener was allowed, and stays so. */
static int check_fd(int fd, unsigned i, Error *error) {
        struct statx st;
        int flags;

        /* A file system of the caller's own may never answer; what a file is, is known without asking it. */
        flags = fcntl(fd, F_GETFL);
        if (flags < 0 || statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &st) < 0)
                return error_set(
                        error, ERROR_INVALID_REQUEST, "A descriptor of the request cannot be used.");
        if ((flags & O_PATH) == 0 &&
                (S_ISFIFO(st.stx_mode) || S_ISSOCK(st.stx_mode) || S_ISREG(st.stx_mode) ||
                        (S_ISCHR(st.stx_mode) && is_harmless_device(&st))))
                return 0;
        return error_set(error, ERROR_INVALID_REQUEST,
                "Malformed request: descriptor %u (standard %s) is no pipe, socket, regular file or /dev/null; "
                "a terminal is not handed to another account.",
                i, i < ELEMENTSOF(fd_names) ? fd_names[i] : "stream");
}

/* The message's own descriptors live as long as the message, which waits for the answer: the request has
 * copies. Reading goes on past those that are too many only to count them. */
static int copy_fds(Request *request, Error *error) {
        const Method *method = request->method;
        int r;

        r = sd_bus_message_enter_container(request->message, 'a', "h");
        if (r < 0)
                return refuse_message(error);

        for (;;) {
                int fd;

                r = sd_bus_message_read(request->message, "h", &fd);
                if (r < 0)
                        return refuse_message(error);
                if (r == 0)
                        break;
                if (request->n_request_fds >= MIN(method->request_fds, ELEMENTSOF(request->request_fds)))
                        return refuse_number(method, error);
                r = check_fd(fd, request->n_request_fds, error);
                if (r < 0)
                        return r;
                fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
                if (fd < 0)
                        return error_set(error, ERROR_LIMIT_EXCEEDED,
                                "There are too many open descriptors; try again.");
                request->request_fds[request->n_request_fds++] = fd;
        }

        if (request->n_request_fds > 0 && request->n_request_fds != method->request_fds)
                return refuse_number(method, error);
        return 0;
}

/* Puts in place of the message one that the answer can be made to, and that holds nothing else of it. */
static int forget_message_fds(Request *request) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        uint64_t cookie;
        int r;

        r = sd_bus_message_get_cookie(request->message, &cookie);
        if (r < 0)
                return r;
        r = sd_bus_message_new_method_call(request->service->bus, &m,
                sd_bus_message_get_destination(request->message), sd_bus_message_get_path(request->message),
                sd_bus_message_get_interface(request->message), sd_bus_message_get_member(request->message));
        if (r < 0)
                return r;
        r = sd_bus_message_set_sender(m, sd_bus_message_get_sender(request->message));
        if (r < 0)
                return r;
        r = sd_bus_message_set_expect_reply(m, sd_bus_message_get_expect_reply(request->message));
        if (r < 0)
                return r;
        r = sd_bus_message_seal(m, cookie, 0);
        if (r < 0)
                return r;

        sd_bus_message_unref(request->message);
        request->message = TAKE_PTR(m);
        return 0;
}

/* The descriptors are those of the streams that `pipe` asks for. */
static int check_pipe(const Request *request, Error *error) {
        if (request->p.pipe == (request->n_request_fds > 0))
                return 0;
        if (request->p.pipe)
                return error_set(error, ERROR_INVALID_REQUEST,
                        "Malformed request: \"pipe\" needs %u descriptors, for standard input, output and error.",
                        request->method->request_fds);
        return error_set(error, ERROR_INVALID_REQUEST,
                "Malformed request: it comes with descriptors, and \"pipe\" is not set.");
}

int request_take_fds(Request *request, Error *error) {
        int r;

        r = copy_fds(request, error);
        if (r >= 0)
                r = check_pipe(request, error);
        if (r < 0)
                return r;

        if (request->n_request_fds == 0)
                return 0;
        r = forget_message_fds(request);
        if (r < 0)
                return error_set(error, ERROR_INTERNAL, "No memory for the request.");
        return 0;
}
