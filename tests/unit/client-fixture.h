/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Files of tests/unit/data/client, and what a function prints on stdout.
 */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "client/reply.h"
#include "client/request.h"

#define FIXTURE_FOLDER SOURCE_ROOT "/tests/unit/data/client/"

/* The whole file, or NULL where there is none. */
static inline char *fixture_read(const char *name) {
        char path[4096];
        FILE *f;
        char *text;
        long n;

        snprintf(path, sizeof(path), FIXTURE_FOLDER "%s", name);
        f = fopen(path, "re");
        if (!f)
                return NULL;
        assert_int_equal(fseek(f, 0, SEEK_END), 0);
        n = ftell(f);
        rewind(f);
        text = calloc(1, (size_t) n + 1);
        assert_non_null(text);
        assert_int_equal(fread(text, 1, (size_t) n, f), n);
        fclose(f);
        return text;
}

static inline json_object *fixture_json(const char *name) {
        _cleanup_free_ char *text = fixture_read(name);
        json_object *o;

        assert_non_null(text);
        assert_int_equal(reply_parse(text, strlen(text), &o), 0);
        return o;
}

static const Terminal plain_terminal _unused_ = { .utf8 = true, .columns = 80 };
static const Terminal color_terminal _unused_ = { .tty = true, .colors = true, .utf8 = true, .columns = 80 };
static const Terminal ascii_terminal _unused_ = { .tty = true, .columns = 80 };

/* Hands each account of a canned reply to a handler, as a request would. */
static inline void feed(Client *c, const char *name, bool wide, AccountHandler handler, void *userdata) {
        _cleanup_reply_ json_object *accounts = fixture_json(name);

        assert_int_equal(reply_make_safe(accounts), 0);
        for (size_t i = 0; i < reply_length(accounts); i++) {
                json_object *o = reply_item(accounts, i);
                Account a = { .name = reply_string(o, "account"),
                        .uid = (uid_t) reply_u64(o, "uid", 0),
                        .object = o,
                        .fd = -EBADF,
                        .wide = wide };

                assert_int_equal(handler(c, &a, userdata), 0);
        }
}

/* How long ago something was moves on; it is cut out. */
static inline char *without_ago(const char *text) {
        char *copy = strdup(text), *to = copy;

        for (const char *p = text; *p;) {
                const char *end = strchr(p, '\n'), *semicolon = strstr(p, "UTC; ");

                if (semicolon && semicolon < end && strncmp(end - 4, " ago", 4) == 0) {
                        to = mempcpy(to, p, (size_t) (semicolon + 3 - p));
                        p = end;
                }
                to = mempcpy(to, p, (size_t) (end + 1 - p));
                p = end + 1;
        }
        *to = 0;
        return copy;
}

/* stdout into memory, until capture_end(). */
typedef struct Capture {
        int fd;
        int stdout_fd;
} Capture;

static inline Capture capture_begin(void) {
        Capture c = { .fd = memfd_create("capture", MFD_CLOEXEC), .stdout_fd = dup(STDOUT_FILENO) };

        assert_true(c.fd >= 0 && c.stdout_fd >= 0);
        fflush(stdout);
        assert_true(dup2(c.fd, STDOUT_FILENO) >= 0);
        return c;
}

static inline char *capture_end(Capture c) {
        struct stat st;
        char *text;

        fflush(stdout);
        assert_true(dup2(c.stdout_fd, STDOUT_FILENO) >= 0);
        assert_int_equal(fstat(c.fd, &st), 0);
        text = calloc(1, (size_t) st.st_size + 1);
        assert_non_null(text);
        assert_int_equal(pread(c.fd, text, (size_t) st.st_size, 0), st.st_size);
        close(c.fd);
        close(c.stdout_fd);
        return text;
}

/* Holds a text against a file; with $TEST_DATA_WRITE set the file is written instead. */
static inline void assert_golden(const char *name, const char *text) {
        _cleanup_free_ char *expected = NULL;

        if (getenv("TEST_DATA_WRITE")) {
                char path[4096];
                FILE *f;

                snprintf(path, sizeof(path), FIXTURE_FOLDER "%s", name);
                f = fopen(path, "we");
                assert_non_null(f);
                fputs(text, f);
                fclose(f);
                return;
        }
        expected = fixture_read(name);
        assert_non_null(expected);
        assert_string_equal(text, expected);
}
