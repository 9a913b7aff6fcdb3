/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * One connection of userunit-journal, see serve.h. The process may block on its pipe and die at any time: it
 * is nobody else's. Two things come from outside while it reads. A file of the journal that is cut short
 * raises SIGBUS where it is mapped; and nobody may be reading the pipe any more while no entry is found to
 * write.
 */

#include "daemon/journal/serve.h"

#include <setjmp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "daemon/journal/journal-methods.h"
#include "daemon/journal/line.h"
#include "daemon/journal/protocol.h"
#include "daemon/journal/query.h"

/* What one reader may allocate: a line, its copy with repeated fields, and an entry decompressed. */
#define DATA_MAX (512U * 1024U * 1024U)
/* How often it is looked whether somebody reads. */
#define LOOK_SEC 1

static sigjmp_buf bus_jump;
static volatile sig_atomic_t bus_ready;

/* What the handler of SIGALRM needs. */
static volatile int reply_fd = -1;
static volatile int pipe_fd = -1;
static volatile uint64_t reply_serial;

static void on_bus(int sig) {
        if (!bus_ready)
                _exit(EXIT_FAILURE);
        siglongjmp(bus_jump, 1);
}

/* Sends one frame and polls one descriptor, both of which a handler may. */
static void on_alarm(int sig) {
        int saved = errno;

        if (line_reader_is_gone(pipe_fd)) {
                (void) frame_send(reply_fd, FRAME_REPLY, reply_serial, NULL, 0, NULL, 0, 0);
                _exit(EXIT_SUCCESS);
        }
        errno = saved;
}

static int limit(int resource, rlim_t value) {
        struct rlimit rl;

        if (getrlimit(resource, &rl) < 0)
                return -errno;
        if (rl.rlim_max != RLIM_INFINITY && rl.rlim_max < value)
                value = rl.rlim_max;
        rl = (struct rlimit){ value, value };
        return setrlimit(resource, &rl) < 0 ? -errno : 0;
}

static int process_setup(const sigset_t *mask) {
        struct sigaction bus = { .sa_handler = on_bus, .sa_flags = SA_NODEFER },
                         alarm_ = { .sa_handler = on_alarm, .sa_flags = SA_RESTART },
                         standard = { .sa_handler = SIG_DFL };
        int r;

        r = limit(RLIMIT_CORE, 0);
        if (r >= 0)
                r = limit(RLIMIT_FSIZE, 0);
        if (r >= 0)
                r = limit(RLIMIT_DATA, DATA_MAX);
        if (r < 0)
                return r;

        if (sigaction(SIGBUS, &bus, NULL) < 0 || sigaction(SIGALRM, &alarm_, NULL) < 0 ||
                sigaction(SIGTERM, &standard, NULL) < 0 || sigaction(SIGINT, &standard, NULL) < 0)
                return -errno;
        return sigprocmask(SIG_SETMASK, mask, NULL) < 0 ? -errno : 0;
}

static void look_for_reader(bool on) {
        struct itimerval timer = { { on ? LOOK_SEC : 0, 0 }, { on ? LOOK_SEC : 0, 0 } };

        (void) setitimer(ITIMER_REAL, &timer, NULL);
}

/* Reads the frame that a connection begins with. */
static int read_request(int connection, Frame *ret) {
        FrameReader reader = FRAME_READER_NULL;
        Frame frame;
        int r;

        r = frame_read(&reader, connection, &frame);
        if (r <= 0) {
                frame_reader_done(&reader);
                return r < 0 ? r : -ECONNRESET;
        }
        if (frame.header.type != FRAME_STREAM_REQUEST || frame.header.n_fds != 1) {
                frame_done(&frame);
                return -EBADMSG;
        }
        *ret = frame;
        return 0;
}

static int write_preface(const Query *query, LineWriter *writer) {
        int r;

        for (char **line = query->preface; line && *line; line++) {
                r = line_writer_put(writer, *line);
                if (r < 0)
                        return r;
        }
        return line_writer_flush(writer);
}

static int write_end(const Query *query, LineWriter *writer) {
        int r;

        r = line_writer_put(writer, query->end);
        return r < 0 ? r : line_writer_flush(writer);
}

/* Does what is asked for, down to the last line. */
static void answer(const JournalMethod *method, const Query *query, LineWriter *writer) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        int r;

        r = write_preface(query, writer);
        if (r >= 0)
                r = method->read(query, NULL, writer, &error);
        if (r == -EPIPE)
                return;
        if (r < 0) {
                (void) error_set(&error, ERROR_INTERNAL, "The journal cannot be read: %s.", strerror(-r));
                (void) line_writer_error(writer, &error);
        } else
                (void) write_end(query, writer);
}

static void serve_reader(int connection, const Frame *frame, const JournalMethod *method, const Query *query,
        LineWriter *writer) {
        reply_fd = connection;
        pipe_fd = writer->fd;
        reply_serial = frame->header.serial;

        if (sigsetjmp(bus_jump, /* savemask= */ 1) == 0) {
                bus_ready = 1;
                look_for_reader(true);
                answer(method, query, writer);
        } else {
                _cleanup_(error_done) Error error = ERROR_NULL;

                bus_ready = 0;
                (void) error_set(&error, ERROR_UNAVAILABLE,
                        "A file of the journal was cut short while it was read; ask again.");
                (void) line_writer_error(writer, &error);
        }
        bus_ready = 0;
        look_for_reader(false);
}

void journal_serve(int connection, const sigset_t *mask, void *userdata) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        _cleanup_(query_done) Query query = QUERY_NULL;
        _cleanup_(frame_done) Frame frame = FRAME_NULL;
        const JournalMethod *method;
        LineWriter writer;
        int r;

        r = process_setup(mask);
        if (r < 0)
                return;
        r = read_request(connection, &frame);
        if (r < 0)
                return;

        writer = LINE_WRITER_INIT(frame.fds[0]);
        r = query_parse(frame.payload, frame.header.size, &query, &error);
        if (r < 0) {
                (void) line_writer_error(&writer, &error);
                line_writer_done(&writer);
        } else {
                method = journal_method_find(query.method->id);
                if (method->serve) {
                        method->serve(connection, &frame, &query);
                        return;
                }
                serve_reader(connection, &frame, method, &query, &writer);
                line_writer_done(&writer);
        }

        /* The reader sees the end before the daemon hears of it. */
        frame.fds[0] = safe_close(frame.fds[0]);
        (void) frame_send(connection, FRAME_REPLY, frame.header.serial, NULL, 0, NULL, 0, -1);
}
