/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The spawner's loop in a process of its own, spoken to over its socket. Unprivileged, a child cannot become
 * another account: it must end at the step that fails, and the peer must hear of it. Whether a child that
 * may drop does so completely is for tests/lab/tools/hostile-peer.c, which wants root.
 */

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "daemon/spawner/server.h"

#define TIMEOUT_MSEC 5000

typedef struct Fixture {
        pid_t pid;
        struct sockaddr_un address;
        socklen_t address_size;
} Fixture;

static int serve_until_closed(int fd, uid_t uid) {
        char byte;

        return read(fd, &byte, 1) < 0 ? -errno : 0;
}

static _noreturn_ void run_server(int listen_fd, uid_t peer_uid) {
        static Filter filter;
        static Server server = { .passwd_path = "/nonexistent", .serve = serve_until_closed };

        server.peer_uid = peer_uid;
        server.filter = &filter;
        server.policy.gid_min = 1000;

        if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ||
                spawner_policy_set_uids(&server.policy, SPAWNER_UID_RANGES_DEFAULT) < 0 ||
                filter_build(&filter) < 0 || server_init(&server, listen_fd) < 0)
                _exit(EXIT_FAILURE);

        if (server_run(&server) < 0)
                _exit(EXIT_FAILURE);
        server_done(&server);
        filter_done(&filter);
        _exit(EXIT_SUCCESS);
}

static void start_as(Fixture *f, uid_t peer_uid) {
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

        /* Binding to the family alone makes the kernel choose an abstract name. */
        f->address = (struct sockaddr_un){ .sun_family = AF_UNIX };
        f->address_size = sizeof(f->address);
        assert_true(fd >= 0);
        assert_int_equal(bind(fd, (struct sockaddr *) &f->address, sizeof(sa_family_t)), 0);
        assert_int_equal(getsockname(fd, (struct sockaddr *) &f->address, &f->address_size), 0);
        assert_int_equal(listen(fd, 16), 0);

        f->pid = fork();
        assert_true(f->pid >= 0);
        if (f->pid == 0)
                run_server(fd, peer_uid);
        (void) close(fd);
}

/* SIGTERM ends a server that is well. */
static int stop(void **state) {
        Fixture *f = *state;
        int status;

        assert_int_equal(kill(f->pid, SIGTERM), 0);
        assert_int_equal(waitpid(f->pid, &status, 0), f->pid);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS);
        return 0;
}

static int dial(const Fixture *f) {
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

        assert_true(fd >= 0);
        assert_int_equal(connect(fd, (const struct sockaddr *) &f->address, f->address_size), 0);
        return fd;
}

/* The next packet's size, 0 at the end of the connection; fails the test where nothing comes. */
static size_t take(int fd, SpawnerPacket *ret, int *ret_fd) {
        union {
                struct cmsghdr header;
                char buffer[CMSG_SPACE(sizeof(int))];
        } control;
        struct iovec iov = { .iov_base = ret, .iov_len = sizeof(*ret) };
        struct msghdr message = {
                .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
        };
        struct pollfd p = { .fd = fd, .events = POLLIN };
        ssize_t n;

        assert_int_equal(poll(&p, 1, TIMEOUT_MSEC), 1);
        n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
        if (n <= 0)
                return 0;
        assert_int_equal(spawner_packet_check(SPAWNER_FROM_SPAWNER, ret, (size_t) n) == -EBADMSG, 0);
        if (ret_fd)
                *ret_fd = -EBADF;
        if (CMSG_FIRSTHDR(&message)) {
                assert_non_null(ret_fd);
                memcpy(ret_fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
        }
        return (size_t) n;
}

static void put(int fd, const void *packet, size_t size) {
        assert_int_equal(send(fd, packet, size, MSG_NOSIGNAL), size);
}

static void assert_closed(int fd) {
        SpawnerPacket packet;

        assert_int_equal(take(fd, &packet, NULL), 0);
        (void) close(fd);
}

static int dial_greeted(const Fixture *f) {
        const SpawnerHello hello = { .header = spawner_header(SPAWNER_HELLO) };
        int fd = dial(f);
        SpawnerPacket packet;

        put(fd, &hello, sizeof(hello));
        assert_int_equal(take(fd, &packet, NULL), sizeof(hello));
        assert_int_equal(packet.header.type, SPAWNER_HELLO);
        assert_int_equal(packet.hello.error, SPAWNER_ERROR_NONE);
        return fd;
}

static int start(void **state) {
        static Fixture f;

        start_as(&f, geteuid());
        (void) close(dial_greeted(&f)); /* it is up, and SIGTERM will find it so */
        *state = &f;
        return 0;
}

static SpawnerSpawn good_spawn(void) {
        return (SpawnerSpawn){
                .header = spawner_header(SPAWNER_SPAWN),
                .kind = SPAWNER_KIND_WORKER,
                .uid = 4000000001,
                .gid = 4000000001,
        };
}

static void test_hello(void **state) {
        SpawnerHello hello = { .header = spawner_header(SPAWNER_HELLO) };
        const SpawnerSpawn spawn = good_spawn();
        SpawnerPacket packet;
        int fd;

        fd = dial(*state);
        hello.header.version = 77;
        put(fd, &hello, sizeof(hello));
        assert_int_equal(take(fd, &packet, NULL), sizeof(hello));
        assert_int_equal(packet.hello.error, SPAWNER_ERROR_VERSION);
        assert_int_equal(packet.header.version, SPAWNER_PROTOCOL_VERSION);
        assert_closed(fd);

        fd = dial(*state);
        put(fd, &spawn, sizeof(spawn));
        assert_closed(fd);

        hello.header = spawner_header(SPAWNER_HELLO);
        fd = dial_greeted(*state);
        put(fd, &hello, sizeof(hello));
        assert_closed(fd);

        hello.header.version = 77;
        fd = dial_greeted(*state);
        put(fd, &hello, sizeof(hello));
        assert_closed(fd);
}

static void test_malformed(void **state) {
        const SpawnerSpawn spawn = good_spawn();
        char bytes[sizeof(spawn) + 64] = { 0 };
        int fd;

        memcpy(bytes, &spawn, sizeof(spawn));
        for (size_t size = 0; size <= sizeof(bytes); size += 8) {
                if (size == sizeof(spawn))
                        continue;
                fd = dial_greeted(*state);
                put(fd, bytes, size);
                assert_closed(fd);
        }
}

static void test_refusal(void **state) {
        SpawnerSpawn spawn = good_spawn();
        int fd = dial_greeted(*state), worker;
        SpawnerPacket packet;

        spawn.uid = 0;
        put(fd, &spawn, sizeof(spawn));
        assert_int_equal(take(fd, &packet, &worker), sizeof(SpawnerReply));
        assert_int_equal(packet.reply.error, SPAWNER_ERROR_UID);
        assert_true(worker < 0);

        spawn = good_spawn();
        spawn.gid = 6; /* and no passwd file to allow it */
        put(fd, &spawn, sizeof(spawn));
        assert_int_equal(take(fd, &packet, &worker), sizeof(SpawnerReply));
        assert_int_equal(packet.reply.error, SPAWNER_ERROR_GID);
        (void) close(fd);
}

/* Unprivileged: the child stops at the first step that wants privilege, and serves nothing. */
static void test_failed_drop(void **state) {
        const SpawnerSpawn spawn = good_spawn();
        SpawnerPacket packet;
        uint64_t id;
        int fd, worker;
        char byte;

        if (geteuid() == 0)
                skip();

        fd = dial_greeted(*state);
        put(fd, &spawn, sizeof(spawn));
        assert_int_equal(take(fd, &packet, &worker), sizeof(SpawnerReply));
        assert_int_equal(packet.reply.error, SPAWNER_ERROR_NONE);
        assert_true(worker >= 0);
        id = packet.reply.child;

        assert_int_equal(take(fd, &packet, NULL), sizeof(SpawnerExited));
        assert_int_equal(packet.exited.child, id);
        assert_true(WIFEXITED(packet.exited.status));
        assert_string_equal(child_step_name(WEXITSTATUS(packet.exited.status)), "set supplementary groups");
        assert_int_equal(read(worker, &byte, 1), 0);
        (void) close(worker);
        (void) close(fd);
}

/* Whoever does not read the notices of its children's ends gets them later, all of them, and each once. */
static void test_late_reader(void **state) {
        /* As many answers as a socket's buffer holds for who does not read. */
        enum { n_children = 192 };
        const SpawnerSpawn spawn = good_spawn();
        int fd = dial_greeted(*state);
        uint64_t started = 0, exited = 0, largest = 0;

        for (size_t i = 0; i < n_children; i++) {
                put(fd, &spawn, sizeof(spawn));
                (void) usleep(1000);
        }
        while (started < n_children || exited < started) {
                SpawnerPacket packet;
                int worker;

                assert_true(take(fd, &packet, &worker) > 0);
                if (packet.header.type == SPAWNER_EXITED)
                        exited++;
                else if (packet.reply.error == SPAWNER_ERROR_NONE) {
                        assert_true(packet.reply.child > largest);
                        largest = packet.reply.child;
                        started++;
                } else {
                        assert_int_equal(packet.reply.error, SPAWNER_ERROR_LIMIT);
                        exited++;
                        started++;
                }
                (void) safe_close(worker);
                if (geteuid() == 0 && started == n_children)
                        break; /* these live and wait */
        }
        (void) close(fd);
}

static void test_connections(void **state) {
        int fds[SPAWNER_PEERS_MAX];

        for (size_t i = 0; i < ELEMENTSOF(fds); i++)
                fds[i] = dial_greeted(*state);
        assert_closed(dial(*state));
        (void) close(fds[0]);
        (void) usleep(100 * 1000);
        fds[0] = dial_greeted(*state);
        for (size_t i = 0; i < ELEMENTSOF(fds); i++)
                (void) close(fds[i]);
}

/* Only one uid is let in, and it is not root either unless it is told so. */
static void test_wrong_peer(void **state) {
        Fixture f;
        void *fixture = &f;

        start_as(&f, geteuid() + 1);
        assert_closed(dial(&f));
        (void) stop(&fixture);
}

static void test_step_names(void **state) {
        assert_null(child_step_name(EXIT_SUCCESS));
        assert_null(child_step_name(EXIT_FAILURE));
        assert_null(child_step_name(CHILD_EXIT_STEPS - 1));
        assert_null(child_step_name(127));
        assert_non_null(child_step_name(CHILD_EXIT_STEPS));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_hello, start, stop),
                cmocka_unit_test_setup_teardown(test_malformed, start, stop),
                cmocka_unit_test_setup_teardown(test_refusal, start, stop),
                cmocka_unit_test_setup_teardown(test_failed_drop, start, stop),
                cmocka_unit_test_setup_teardown(test_late_reader, start, stop),
                cmocka_unit_test_setup_teardown(test_connections, start, stop),
                cmocka_unit_test(test_wrong_peer),
                cmocka_unit_test(test_step_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
