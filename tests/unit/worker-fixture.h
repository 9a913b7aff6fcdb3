/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A worker between a test, which is its daemon, and a fake manager. Each test has both
 * for itself.
 */

#include <ftw.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "common/frame.h"
#include "common/json-scan.h"
#include "common/limits.h"
#include "daemon/worker/worker.h"
#include "tests/unit/fake-manager.h"

/* The deadline of an exchange, and what a test grants above it. */
#define EXCHANGE_MSEC 400
#define GRACE_MSEC    3000

typedef struct Fixture {
        char root[64];
        pid_t manager;
        pid_t worker;
        int fd;
        uint64_t serial;
        FrameReader reader;
        unsigned n_parts;
        unsigned n_waiting;
} Fixture;

static inline uint64_t now_msec(void) {
        return clock_now_usec() / USEC_PER_MSEC;
}

static inline int setup(void **state) {
        static Fixture f;
        int pair[2];

        f = (Fixture){ .root = "/tmp/test-worker-serve-XXXXXX", .reader = FRAME_READER_NULL };
        assert_non_null(mkdtemp(f.root));
        assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), errno);

        (void) fflush(NULL);
        f.worker = fork();
        assert_return_code(f.worker, errno);
        if (f.worker == 0) {
                Worker worker = {
                        .fd = pair[1],
                        .uid = getuid(),
                        .runtime_root = f.root,
                        .system_root = f.root,
                        .exchange_usec = EXCHANGE_MSEC * USEC_PER_MSEC,
                };
                int r;

                (void) close(pair[0]);
                r = worker_run(&worker);
                /* Not _exit(): what it leaks is to be told. */
                exit(r < 0 ? -r : 0);
        }

        (void) close(pair[1]);
        f.fd = pair[0];
        *state = &f;
        return 0;
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
        return remove(path);
}

static inline int teardown(void **state) {
        Fixture *f = *state;
        int status;

        /* The manager has a copy of our end. */
        fake_manager_stop(f->manager);
        (void) close(f->fd);
        if (f->worker > 0) {
                assert_return_code(waitpid(f->worker, &status, 0), errno);
                assert_true(WIFEXITED(status));
                assert_int_equal(WEXITSTATUS(status), 0);
        }
        frame_reader_done(&f->reader);
        return nftw(f->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline void send_request(Fixture *f, FrameType type, const char *method, const char *parameters) {
        char payload[2048];
        int n;

        n = snprintf(payload, sizeof(payload), "%s/home%c{\"method\":\"%s\",\"parameters\":%s}", f->root, 0,
                method, parameters);
        assert_int_equal(frame_send(f->fd, type, ++f->serial, payload, (size_t) n, NULL, 0, -1), 0);
}

/* The last frame of the answer; those before it are counted. */
static inline void receive(Fixture *f, Frame *ret) {
        for (;;) {
                assert_int_equal(poll(&(struct pollfd){ .fd = f->fd, .events = POLLIN }, 1, 10000), 1);
                assert_int_equal(frame_read(&f->reader, f->fd, ret), 1);
                if (ret->header.size > 0)
                        assert_int_equal(
                                json_scan(ret->payload, ret->header.size,
                                        &(JsonLimits){ .max_length = FRAME_SIZE_MAX }, NULL, NULL, NULL),
                                0);

                if (ret->header.type == FRAME_PART)
                        f->n_parts++;
                else if (ret->header.type == FRAME_WAITING)
                        f->n_waiting++;
                else
                        return;
                frame_done(ret);
        }
}

static inline void expect_answer(Fixture *f, FrameType type, const char *method, const char *parameters,
        FrameType expected, const char *contains) {
        _cleanup_(frame_done) Frame frame = FRAME_NULL;
        uint64_t begin = now_msec();

        send_request(f, type, method, parameters);
        receive(f, &frame);
        assert_int_equal(frame.header.serial, f->serial);
        if (!strstr(frame.payload, contains))
                print_message("%s\n", frame.payload);
        assert_non_null(strstr(frame.payload, contains));
        assert_int_equal(frame.header.type, expected);
        assert_true(now_msec() - begin < EXCHANGE_MSEC + GRACE_MSEC);
}

static inline void expect_reply(
        Fixture *f, const char *method, const char *parameters, const char *contains) {
        expect_answer(f, FRAME_REQUEST, method, parameters, FRAME_REPLY, contains);
}

static inline void expect_error(
        Fixture *f, const char *method, const char *parameters, const char *contains) {
        expect_answer(f, FRAME_REQUEST, method, parameters, FRAME_ERROR, contains);
}
