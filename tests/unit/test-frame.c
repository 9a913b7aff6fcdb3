/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Frames over socket pairs: whole, in crumbs, and by a peer who breaks every rule. No descriptor stays open.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "common/frame.h"
#include "common/limits.h"

typedef struct Pair {
        int ours, theirs;
        FrameReader reader;
        size_t open_fds; /* before the pair was made */
} Pair;

static size_t count_fds(void) {
        DIR *dir = opendir("/proc/self/fd");
        size_t n = 0;

        assert_non_null(dir);
        while (readdir(dir))
                n++;
        (void) closedir(dir);
        return n;
}

static int setup(void **state) {
        static Pair pair;
        int fds[2];

        pair.open_fds = count_fds();
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
        pair.ours = fds[0];
        pair.theirs = fds[1];
        pair.reader = FRAME_READER_NULL;
        *state = &pair;
        return 0;
}

static int teardown(void **state) {
        Pair *pair = *state;

        frame_reader_done(&pair->reader);
        pair->ours = safe_close(pair->ours);
        pair->theirs = safe_close(pair->theirs);
        assert_int_equal(count_fds(), pair->open_fds);
        return 0;
}

/* What a peer that does not use frame_send() may send: bytes with any number of descriptors. */
static void send_raw(Pair *pair, const void *data, size_t size, size_t n_fds) {
        union {
                struct cmsghdr header;
                uint8_t space[CMSG_SPACE(8 * sizeof(int))];
        } control = {};
        struct iovec iov = { .iov_base = (void *) data, .iov_len = size };
        struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
        int fds[8];

        assert_true(n_fds <= ELEMENTSOF(fds));
        for (size_t i = 0; i < n_fds; i++) {
                fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
                assert_true(fds[i] >= 0);
        }
        if (n_fds > 0) {
                mh.msg_control = &control;
                mh.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
                control.header.cmsg_len = CMSG_LEN(n_fds * sizeof(int));
                control.header.cmsg_level = SOL_SOCKET;
                control.header.cmsg_type = SCM_RIGHTS;
                memcpy(CMSG_DATA(&control.header), fds, n_fds * sizeof(int));
        }

        assert_int_equal(sendmsg(pair->theirs, &mh, MSG_NOSIGNAL), size);
        for (size_t i = 0; i < n_fds; i++)
                safe_close(fds[i]);
}

static FrameHeader sound_header(uint32_t size) {
        return (FrameHeader){ .size = size, .type = FRAME_REPLY, .serial = 7 };
}

static void check_breach(Pair *pair) {
        Frame frame = FRAME_NULL;

        assert_int_equal(frame_read(&pair->reader, pair->ours, &frame), -EBADMSG);
        assert_null(frame.payload);
        assert_int_equal(frame.header.n_fds, 0);
}

static void test_round_trip(void **state) {
        static const char *const payloads[] = { "", "x", "home\0{}", "{\"a\":\"ü\"}" };
        static const size_t sizes[] = { 0, 1, 7, 10 };
        Pair *pair = *state;

        for (size_t i = 0; i < ELEMENTSOF(payloads); i++)
                for (FrameType type = FRAME_REQUEST; type < _FRAME_TYPE_MAX; type++) {
                        _cleanup_(frame_done) Frame frame = FRAME_NULL;

                        assert_int_equal(frame_send(pair->theirs, type, UINT64_MAX - i, payloads[i],
                                                 sizes[i], NULL, 0, 0),
                                0);
                        assert_int_equal(frame_read(&pair->reader, pair->ours, &frame), 1);
                        assert_int_equal(frame.header.type, type);
                        assert_int_equal(frame.header.size, sizes[i]);
                        assert_true(frame.header.serial == UINT64_MAX - i);
                        assert_memory_equal(frame.payload, payloads[i], sizes[i]);
                        assert_int_equal(frame.payload[sizes[i]], 0);
                        assert_int_equal(frame.header.n_fds, 0);
                }

        assert_int_equal(frame_read(&pair->reader, pair->ours, &(Frame){}), -EAGAIN);
}

static void test_descriptor(void **state) {
        Pair *pair = *state;

        for (size_t size = 0; size < 2; size++) {
                _cleanup_(frame_done) Frame frame = FRAME_NULL;
                _cleanup_close_ int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
                struct stat st, other;

                assert_true(fd >= 0);
                assert_int_equal(frame_send(pair->theirs, FRAME_REPLY, 1, "x", size, &fd, 1, 0), 0);
                assert_int_equal(frame_read(&pair->reader, pair->ours, &frame), 1);
                assert_int_equal(frame.header.n_fds, 1);
                assert_true(frame.fds[0] >= 0 && frame.fds[0] != fd);
                assert_true((fcntl(frame.fds[0], F_GETFD) & FD_CLOEXEC) != 0);
                assert_int_equal(fstat(fd, &st), 0);
                assert_int_equal(fstat(frame.fds[0], &other), 0);
                assert_true(st.st_rdev == other.st_rdev);
        }
}

/* A request may have as many as its caller may send, and a result one. */
static void test_descriptors(void **state) {
        int fds[REQUEST_FDS_MAX + 1];
        Pair *pair = *state;

        for (size_t i = 0; i < ELEMENTSOF(fds); i++) {
                fds[i] = memfd_create("test", MFD_CLOEXEC);
                assert_true(fds[i] >= 0);
                assert_int_equal(ftruncate(fds[i], (off_t) i), 0);
        }

        for (size_t n = 0; n <= REQUEST_FDS_MAX; n++) {
                _cleanup_(frame_done) Frame frame = FRAME_NULL;

                assert_int_equal(frame_send(pair->theirs, FRAME_REQUEST, 1, "x", n % 2, fds, n, 0), 0);
                assert_int_equal(frame_read(&pair->reader, pair->ours, &frame), 1);
                assert_int_equal(frame.header.n_fds, n);
                for (size_t i = 0; i < n; i++) {
                        struct stat st;

                        assert_true((fcntl(frame.fds[i], F_GETFD) & FD_CLOEXEC) != 0);
                        assert_int_equal(fstat(frame.fds[i], &st), 0);
                        assert_int_equal(st.st_size, i);
                }
                if (n > 1) {
                        frame.fds[0] = safe_close(frame.fds[0]); /* one that was taken */
                        assert_int_equal(
                                frame_send(pair->theirs, FRAME_REPLY, 1, "x", 1, fds, n, 0), -EMSGSIZE);
                }
        }
        assert_int_equal(
                frame_send(pair->theirs, FRAME_REQUEST, 1, "x", 1, fds, ELEMENTSOF(fds), 0), -EMSGSIZE);

        for (size_t i = 0; i < ELEMENTSOF(fds); i++)
                safe_close(fds[i]);
}

/* The frames' borders are not the reads' borders. */
static void test_crumbs(void **state) {
        Pair *pair = *state;
        uint8_t stream[3 * (sizeof(FrameHeader) + 5)];
        size_t n = 0, frames = 0;

        for (uint32_t i = 0; i < 3; i++) {
                FrameHeader header = sound_header(i == 1 ? 0 : 5);

                memcpy(stream + n, &header, sizeof(header));
                n += sizeof(header);
                memcpy(stream + n, "12345", header.size);
                n += header.size;
        }

        for (size_t i = 0; i < n; i++) {
                _cleanup_(frame_done) Frame frame = FRAME_NULL;
                int r;

                send_raw(pair, stream + i, 1, 0);
                r = frame_read(&pair->reader, pair->ours, &frame);
                assert_true(r == -EAGAIN || r == 1);
                frames += r == 1;
        }
        assert_int_equal(frames, 3);

        send_raw(pair, stream, n, 0);
        for (frames = 0; frames < 3; frames++) {
                _cleanup_(frame_done) Frame frame = FRAME_NULL;

                assert_int_equal(frame_read(&pair->reader, pair->ours, &frame), 1);
                assert_int_equal(frame.header.size, frames == 1 ? 0 : 5);
        }
        assert_int_equal(frame_read(&pair->reader, pair->ours, &(Frame){}), -EAGAIN);
}

/* A descriptor comes with the first bytes of its header, however few. */
static void test_descriptor_in_crumbs(void **state) {
        _cleanup_(frame_done) Frame frame = FRAME_NULL;
        Pair *pair = *state;
        FrameHeader header = sound_header(0);

        header.n_fds = 1;
        send_raw(pair, &header, 1, 1);
        assert_int_equal(frame_read(&pair->reader, pair->ours, &frame), -EAGAIN);
        send_raw(pair, (uint8_t *) &header + 1, sizeof(header) - 1, 0);
        assert_int_equal(frame_read(&pair->reader, pair->ours, &frame), 1);
        assert_true(frame.fds[0] >= 0);
}

static void test_largest(void **state) {
        _cleanup_(frame_done) Frame frame = FRAME_NULL;
        Pair *pair = *state;
        char *payload = malloc(FRAME_SIZE_MAX + 1);
        pid_t pid;
        int r, status;

        assert_non_null(payload);
        for (size_t i = 0; i < FRAME_SIZE_MAX; i++)
                payload[i] = (char) (i * 7 >> 3);

        assert_int_equal(frame_send(pair->theirs, FRAME_REPLY, 1, payload, FRAME_SIZE_MAX + 1, NULL, 0, 0),
                -EMSGSIZE);

        /* Far more than a socket's buffer: the sender waits for the reader. */
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
                _exit(frame_send(pair->theirs, FRAME_REPLY, 1, payload, FRAME_SIZE_MAX, NULL, 0, 10000) == 0
                                ? 0
                                : 1);
        do {
                r = frame_read(&pair->reader, pair->ours, &frame);
                if (r == -EAGAIN)
                        usleep(100);
        } while (r == -EAGAIN);
        assert_int_equal(r, 1);
        assert_int_equal(frame.header.size, FRAME_SIZE_MAX);
        assert_memory_equal(frame.payload, payload, FRAME_SIZE_MAX);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        free(payload);
}

static void test_bad_headers(void **state) {
        FrameHeader headers[] = {
                { .size = FRAME_SIZE_MAX + 1, .type = FRAME_REPLY },
                { .size = UINT32_MAX, .type = FRAME_REPLY },
                { .size = 0, .type = 0 },
                { .size = 0, .type = _FRAME_TYPE_MAX },
                { .size = 0, .type = UINT16_MAX },
                { .size = 0, .type = FRAME_REPLY, .n_fds = 1 },
                { .size = 0, .type = FRAME_REPLY, .n_fds = 2 },
                { .size = 0, .type = FRAME_REPLY, .n_fds = UINT16_MAX },
        };

        for (size_t i = 0; i < ELEMENTSOF(headers); i++) {
                assert_int_equal(setup(state), 0);
                send_raw(*state, headers + i, sizeof(headers[i]), 0);
                check_breach(*state);
                assert_int_equal(teardown(state), 0);
        }
}

static void test_bad_descriptors(void **state) {
        for (uint16_t said = 0; said <= 3; said++)
                for (size_t sent = 0; sent <= 8; sent++) {
                        FrameHeader header = sound_header(0);

                        header.n_fds = said;
                        if (said == sent && said <= 1)
                                continue;
                        assert_int_equal(setup(state), 0);
                        send_raw(*state, &header, sizeof(header), sent);
                        check_breach(*state);
                        assert_int_equal(teardown(state), 0);
                }
}

/* With the payload instead of the header: as an addition, as a second one, or in place of the first. */
static void test_late_descriptors(void **state) {
        for (uint16_t said = 0; said <= 1; said++)
                for (size_t with_header = 0; with_header <= said; with_header++) {
                        FrameHeader header = sound_header(2);
                        Pair *pair;

                        header.n_fds = said;
                        assert_int_equal(setup(state), 0);
                        pair = *state;
                        send_raw(pair, &header, sizeof(header), with_header);
                        if (with_header == said)
                                assert_int_equal(frame_read(&pair->reader, pair->ours, &(Frame){}), -EAGAIN);
                        send_raw(pair, "xy", 2, 1);
                        check_breach(pair);
                        assert_int_equal(teardown(state), 0);
                }
}

/* Two descriptors beside two parts of one header. */
static void test_second_descriptor(void **state) {
        Pair *pair = *state;
        FrameHeader header = sound_header(0);

        header.n_fds = 1;
        send_raw(pair, &header, 4, 1);
        assert_int_equal(frame_read(&pair->reader, pair->ours, &(Frame){}), -EAGAIN);
        send_raw(pair, (uint8_t *) &header + 4, sizeof(header) - 4, 1);
        check_breach(pair);
}

static void test_end(void **state) {
        uint8_t stream[sizeof(FrameHeader) + 5] = {};
        FrameHeader header = sound_header(5);

        memcpy(stream, &header, sizeof(header));
        for (size_t n = 0; n <= sizeof(stream); n++) {
                _cleanup_(frame_done) Frame frame = FRAME_NULL;
                Pair *pair;

                assert_int_equal(setup(state), 0);
                pair = *state;
                if (n > 0)
                        send_raw(pair, stream, n, 0);
                pair->theirs = safe_close(pair->theirs);
                if (n > 0 && n < sizeof(stream))
                        check_breach(pair);
                else {
                        if (n > 0)
                                assert_int_equal(frame_read(&pair->reader, pair->ours, &frame), 1);
                        assert_int_equal(frame_read(&pair->reader, pair->ours, &(Frame){}), 0);
                }
                assert_int_equal(teardown(state), 0);
        }
}

static uint64_t now_msec(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * 1000U + (uint64_t) ts.tv_nsec / 1000000U;
}

/* A peer that does not read costs no time, or as much as was said. */
static void test_full_socket(void **state) {
        Pair *pair = *state;
        char payload[4096] = {};
        uint64_t start = now_msec();
        unsigned n = 0;

        while (n < 10000 &&
                frame_send(pair->theirs, FRAME_REPLY, 1, payload, sizeof(payload), NULL, 0, 0) == 0)
                n++;
        assert_true(n > 0 && n < 10000);
        assert_int_equal(
                frame_send(pair->theirs, FRAME_REPLY, 1, payload, sizeof(payload), NULL, 0, 0), -EAGAIN);
        assert_true(now_msec() - start < 1000);

        start = now_msec();
        assert_int_equal(
                frame_send(pair->theirs, FRAME_REPLY, 1, payload, sizeof(payload), NULL, 0, 200), -EAGAIN);
        assert_true(now_msec() - start >= 190);
        assert_true(now_msec() - start < 2000);
}

/* An error, and no SIGPIPE. */
static void test_peer_gone(void **state) {
        Pair *pair = *state;

        pair->ours = safe_close(pair->ours);
        assert_int_equal(frame_send(pair->theirs, FRAME_REPLY, 1, "x", 1, NULL, 0, 0), -EPIPE);
        assert_int_equal(frame_send(-1, FRAME_REPLY, 1, "x", 1, NULL, 0, 0), -EBADF);
}

static void test_done_twice(void **state) {
        Frame frame = FRAME_NULL;
        FrameReader reader = FRAME_READER_NULL;

        frame_done(&frame);
        frame_done(&frame);
        frame_reader_done(&reader);
        frame_reader_done(&reader);
        assert_int_equal(frame.header.n_fds, 0);
        assert_int_equal(reader.n_fds, 0);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
                cmocka_unit_test_setup_teardown(test_descriptor, setup, teardown),
                cmocka_unit_test_setup_teardown(test_descriptors, setup, teardown),
                cmocka_unit_test_setup_teardown(test_crumbs, setup, teardown),
                cmocka_unit_test_setup_teardown(test_descriptor_in_crumbs, setup, teardown),
                cmocka_unit_test_setup_teardown(test_largest, setup, teardown),
                cmocka_unit_test(test_bad_headers),
                cmocka_unit_test(test_bad_descriptors),
                cmocka_unit_test(test_late_descriptors),
                cmocka_unit_test_setup_teardown(test_second_descriptor, setup, teardown),
                cmocka_unit_test(test_end),
                cmocka_unit_test_setup_teardown(test_full_socket, setup, teardown),
                cmocka_unit_test_setup_teardown(test_peer_gone, setup, teardown),
                cmocka_unit_test(test_done_twice),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
