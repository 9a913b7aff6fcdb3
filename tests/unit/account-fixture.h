/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the tests of account lookups share: a listening socket in a directory of its own, a process behind
 * it, and a client with an event loop in front.
 */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "daemon/account-lookup.h"
#include "daemon/accounts/account-server.h"

/* No test waits longer than this for something that should happen. */
#define PATIENCE_USEC (10 * USEC_PER_SEC)

typedef struct Fixture {
        char directory[64];
        char path[80];
        int listen_fd;
        pid_t helper;
        sd_event *event;
        AccountLookups *lookups;
} Fixture;

/* How a lookup ended. */
typedef struct Outcome {
        unsigned n_calls;
        int error;
        Account *account;
} Outcome;

static inline int fixture_socket(struct sockaddr_un *ret, const char *path) {
        int fd;

        fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        assert_true(fd >= 0);
        *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
        assert_true(strlen(path) < sizeof(ret->sun_path));
        strcpy(ret->sun_path, path);
        return fd;
}

static inline void fixture_listen(Fixture *f, int backlog) {
        struct sockaddr_un address;

        f->listen_fd = fixture_socket(&address, f->path);
        assert_int_equal(bind(f->listen_fd, (struct sockaddr *) &address, sizeof(address)), 0);
        assert_int_equal(listen(f->listen_fd, backlog), 0);
}

static inline int fixture_setup(void **state) {
        Fixture *f;

        f = calloc(1, sizeof(*f));
        assert_non_null(f);
        strcpy(f->directory, "/tmp/test-account-XXXXXX");
        assert_non_null(mkdtemp(f->directory));
        snprintf(f->path, sizeof(f->path), "%s/accounts", f->directory);
        f->listen_fd = -EBADF;
        assert_true(sd_event_new(&f->event) >= 0);
        assert_int_equal(account_lookups_new(f->event, f->path, &f->lookups), 0);
        *state = f;
        return 0;
}

/* Ends the process behind the socket and returns its wait status. */
static inline int fixture_stop_helper(Fixture *f, int sig) {
        int status = 0;

        assert_true(f->helper > 0);
        assert_int_equal(kill(f->helper, sig), 0);
        assert_int_equal(waitpid(f->helper, &status, 0), f->helper);
        f->helper = 0;
        return status;
}

static inline int fixture_teardown(void **state) {
        Fixture *f = *state;

        f->lookups = account_lookups_free(f->lookups);
        f->event = sd_event_unref(f->event);
        if (f->helper > 0)
                (void) fixture_stop_helper(f, SIGKILL);
        (void) safe_close(f->listen_fd);
        (void) unlink(f->path);
        assert_int_equal(rmdir(f->directory), 0);
        free(f);
        return 0;
}

/* Runs a function that takes over the listening socket, in a process that goes when the test goes. */
static inline void fixture_fork(Fixture *f, void (*run)(int listen_fd)) {
        f->helper = fork();
        assert_true(f->helper >= 0);
        if (f->helper == 0) {
                (void) alarm(30);
                run(f->listen_fd);
                _exit(EXIT_SUCCESS);
        }
}

static inline void on_outcome(int error, Account *account, void *userdata) {
        Outcome *outcome = userdata;

        outcome->n_calls++;
        outcome->error = error;
        outcome->account = account_ref(account);
}

static inline void outcome_done(Outcome *outcome) {
        (void) account_unref(outcome->account);
        *outcome = (Outcome){};
}

/* Runs the event loop until the lookup has ended, and not for ever. */
static inline void fixture_wait(Fixture *f, const Outcome *outcome) {
        uint64_t end = clock_now_usec() + PATIENCE_USEC;

        while (outcome->n_calls == 0) {
                assert_true(clock_now_usec() < end);
                assert_true(sd_event_run(f->event, 100 * USEC_PER_MSEC) >= 0);
        }
        assert_int_equal(outcome->n_calls, 1);
}

/* Runs the event loop for a while, whatever happens. */
static inline void fixture_run(Fixture *f, uint64_t usec) {
        for (uint64_t end = clock_now_usec() + usec, now; (now = clock_now_usec()) < end;)
                assert_true(sd_event_run(f->event, end - now) >= 0);
}

/* One lookup from start to end. The caller frees the outcome. */
static inline Outcome fixture_lookup(Fixture *f, const char *name, uid_t uid) {
        Outcome outcome = {};

        assert_int_equal(
                account_lookup_start(f->lookups, &(AccountKey){ name, uid }, on_outcome, &outcome, NULL), 0);
        assert_int_equal(outcome.n_calls, 0);
        fixture_wait(f, &outcome);
        assert_true((outcome.error == 0) == (outcome.account != NULL));
        return outcome;
}

/* Expects a lookup to fail with this error. */
static inline void fixture_expect_error(Fixture *f, const char *name, uid_t uid, int error) {
        Outcome outcome = fixture_lookup(f, name, uid);

        assert_int_equal(outcome.error, error);
        outcome_done(&outcome);
}
