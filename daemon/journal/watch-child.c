/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The child that tells of the past, see watch-child.h. */

#include "daemon/journal/watch-child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define STATUS_DONE  'd'
#define STATUS_ENDED 'e'

static int write_beginning(const WatchPast *past, LineWriter *out) {
        int r = 0;

        for (char **line = past->query->preface; line && *line && r >= 0; line++)
                r = line_writer_put(out, *line);
        return r;
}

static int write_position(const WatchPast *past, LineWriter *out) {
        _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(PAST_LINE_MAX);
        _cleanup_free_ char *line = NULL;
        int r;

        json_begin_object(&w);
        json_write_key_string(&w, "cursor", past->after);
        json_end_object(&w);
        r = json_writer_finish(&w, &line, NULL);
        return r < 0 ? r : line_writer_put(out, line);
}

static int tell(const WatchPast *past, LineWriter *out, Error *error) {
        _cleanup_(entry_source_freep) EntrySource *source = NULL;
        Past range = PAST_NULL;
        int r;

        if (past->first) {
                r = write_beginning(past, out);
                if (r < 0)
                        return r;
        }

        r = past->open(/* follow= */ false, &past->query->grants, past->userdata, &source);
        if (r < 0)
                return entry_source_error(r, error);
        r = source->ops->seek_cursor(source, past->after);
        if (r < 0)
                return entry_source_error(r, error);

        if (past->first) {
                r = write_position(past, out);
                if (r < 0)
                        return r;
        }
        if (past->last && !streq(past->last, past->after)) {
                range.after_cursor = past->after;
                range.last_cursor = past->last;
                range.last_time = past->last_time;
                r = events_list_from(source, past->query, past->names, past->self, &range, out, error);
                if (r < 0)
                        return r;
        }
        return line_writer_flush(out);
}

static _noreturn_ void child_run(const WatchPast *past, int status_fd) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        LineWriter out = LINE_WRITER_INIT(past->pipe_fd);
        char status = STATUS_DONE;
        int r;

        r = tell(past, &out, &error);
        if (r < 0 && r != -EPIPE) {
                (void) error_set(&error, ERROR_INTERNAL, "The journal cannot be read: %s.", strerror(-r));
                (void) line_writer_error(&out, &error);
        }
        if (r < 0)
                status = STATUS_ENDED;
        (void) !write(status_fd, &status, 1);
        /* Nothing of the parent's is ours to clean up. */
        _exit(EXIT_SUCCESS);
}

int watch_child_start(const WatchPast *past, const int *fds, size_t n_fds, WatchChild *ret) {
        struct sigaction bus = { .sa_handler = SIG_DFL };
        int status[2];
        pid_t pid;

        if (pipe2(status, O_CLOEXEC | O_NONBLOCK) < 0)
                return -errno;

        pid = fork();
        if (pid < 0) {
                int r = -errno;

                safe_close(status[0]);
                safe_close(status[1]);
                return r;
        }
        if (pid == 0) {
                (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
                (void) sigaction(SIGBUS, &bus, NULL);
                safe_close(status[0]);
                for (size_t i = 0; i < n_fds; i++)
                        safe_close(fds[i]);
                child_run(past, status[1]);
        }

        safe_close(status[1]);
        *ret = (WatchChild){ .pid = pid, .status_fd = status[0] };
        return 0;
}

static void reap(WatchChild *child) {
        while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
                ;
        safe_close(child->status_fd);
        *child = WATCH_CHILD_NULL;
}

WatchChildResult watch_child_result(WatchChild *child) {
        char status = 0;
        ssize_t n;

        n = read(child->status_fd, &status, 1);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return WATCH_CHILD_RUNNING;
        reap(child);
        if (n != 1)
                return WATCH_CHILD_DIED;
        return status == STATUS_DONE ? WATCH_CHILD_DONE : WATCH_CHILD_ENDED;
}

void watch_child_stop(WatchChild *child) {
        if (!watch_child_is_running(child))
                return;
        (void) kill(child->pid, SIGKILL);
        reap(child);
}
