/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reading the pipe that logs.read gives, see stream.h. */

#include "client/journal/stream.h"

#include <poll.h>
#include <signal.h>

#include "common/buffer.h"

#define READ_SIZE (256U * 1024U)

static volatile sig_atomic_t caught;

static void catch_signal(int number) {
        caught = number;
}

/* What the service itself says: an account's error, the end, the error that is the end. */
static bool is_entry(const char *line, size_t n) {
        static const char *const others[] = { "{\"end\":", "{\"error\":", "{\"account\":", "{\"uid\":" };

        for (size_t i = 0; i < ELEMENTSOF(others); i++) {
                size_t length = strlen(others[i]);

                if (n >= length && memcmp(line, others[i], length) == 0)
                        return false;
        }
        return true;
}

/* As many bytes tell an entry from the others. */
#define BEGIN_SIZE 16U

static int hand_on(const JournalStream *stream, const char *text, size_t n) {
        return n > 0 ? stream->entries(text, n, stream->userdata) : 0;
}

/* What has been read, and how far it has been looked at. */
typedef struct Reader {
        Buffer buffer;
        size_t seen;   /* bytes that have no line's end in them */
        bool in_entry; /* the begin of the line has been handed on */
} Reader;

static void reader_done(Reader *reader) {
        buffer_done(&reader->buffer);
}

/* Hands on the whole lines that are there, and keeps the rest. */
static int take_lines(const JournalStream *stream, Reader *reader) {
        Buffer *b = &reader->buffer;
        size_t begin = 0, line = 0, *seen = &reader->seen;
        int r = 0;

        while (r == 0) {
                char *end = memchr(b->data + *seen, '\n', b->size - *seen);
                size_t next;

                if (!end)
                        break;
                next = *seen = (size_t) (end - b->data) + 1;
                if (!reader->in_entry && !is_entry(b->data + line, next - line)) {
                        r = hand_on(stream, b->data + begin, line - begin);
                        if (r == 0)
                                r = stream->other(b->data + line, next - line - 1, stream->userdata);
                        begin = next;
                }
                line = next;
                reader->in_entry = false;
        }
        if (stream->pieces &&
                (reader->in_entry ||
                        (b->size - line >= BEGIN_SIZE && is_entry(b->data + line, b->size - line)))) {
                reader->in_entry = true;
                line = b->size;
        }
        if (r == 0)
                r = hand_on(stream, b->data + begin, line - begin);

        memmove(b->data, b->data + line, b->size - line);
        b->size -= line;
        *seen = b->size;
        return r;
}

/* Waits for more to read. Returns 0, a signal, or a negative errno. */
static int wait_for_more(int fd, const sigset_t *mask) {
        struct pollfd fds[] = {
                { .fd = fd, .events = POLLIN },
                /* What is no pipe and no terminal is never hung up. */
                { .fd = STDOUT_FILENO },
        };

        if (caught == 0 && ppoll(fds, ELEMENTSOF(fds), NULL, mask) < 0 && errno != EINTR)
                return -errno;
        if (caught != 0)
                return caught;
        return fds[1].revents & (POLLERR | POLLHUP) ? -ECANCELED : 0;
}

static int read_to_end(const JournalStream *stream, int fd, const sigset_t *mask) {
        _cleanup_(reader_done) Reader reader = { .buffer = BUFFER_INIT(JOURNAL_LINE_MAX) };
        Buffer *b = &reader.buffer;

        for (;;) {
                ssize_t n;
                int r;

                if (stream->pause)
                        stream->pause(stream->userdata);
                r = mask ? wait_for_more(fd, mask) : 0;
                if (r != 0)
                        return r;
                r = buffer_reserve(b, MIN((size_t) READ_SIZE, b->max - b->size));
                if (r < 0)
                        return r;
                if (b->size == b->max)
                        return -EMSGSIZE;

                n = read(fd, b->data + b->size, MIN((size_t) READ_SIZE, b->max - b->size));
                if (n < 0 && (errno == EINTR || errno == EAGAIN))
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        return -EPIPE;
                b->size += (size_t) n;

                r = take_lines(stream, &reader);
                if (r != 0)
                        return MIN(r, 0);
        }
}

int journal_stream_read(const JournalStream *stream, int fd) {
        static const int numbers[] = { SIGINT, SIGTERM };
        struct sigaction old[ELEMENTSOF(numbers)], action = { .sa_handler = catch_signal };
        sigset_t blocked, mask;
        int r;

        if (!stream->follow)
                return read_to_end(stream, fd, NULL);

        /* They come through while it waits, and at no other time: a line is never cut in two. */
        (void) sigemptyset(&blocked);
        for (size_t i = 0; i < ELEMENTSOF(numbers); i++)
                (void) sigaddset(&blocked, numbers[i]);
        (void) sigprocmask(SIG_BLOCK, &blocked, &mask);
        caught = 0;
        for (size_t i = 0; i < ELEMENTSOF(numbers); i++) {
                (void) sigaction(numbers[i], &action, old + i);
                /* Whoever started it in the background wants it to stay. */
                if (old[i].sa_handler == SIG_IGN)
                        (void) sigaction(numbers[i], old + i, NULL);
        }

        r = read_to_end(stream, fd, &mask);

        for (size_t i = 0; i < ELEMENTSOF(numbers); i++)
                (void) sigaction(numbers[i], old + i, NULL);
        (void) sigprocmask(SIG_SETMASK, &mask, NULL);
        return r;
}
