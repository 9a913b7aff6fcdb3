/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A stolen userunitd, played against a running spawner: it asks to be root and everyone between, breaks the
 * protocol in each way, reaches for children that are not its own, opens connections and starts workers by
 * the thousand, and does not listen. Then a worker is looked at from outside.
 *
 *     hostile-peer --socket=/run/userunitd/spawner --uid=UID --gid=GID [--peer-uid=UID]
 *                  [--sanitizers] [--spawns=N] [--kill] [--echo] [--bench=N]
 *
 * Run as root (all checks) or as the user userunitd. Needs no library and nothing from the build tree. GID
 * is the account's primary group. --sanitizers: the spawner was built with them. --kill: end by killing it.
 * --echo: its worker is tests/lab/tools/echo-worker.c, which sends back what it gets; only then --bench.
 */

#include <getopt.h>
#include <pwd.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/lab/tools/hostile-peer.h"

static void test_hello(const Target *target) {
        SpawnerHello hello = { .header = spawner_header(SPAWNER_HELLO) };
        SpawnerSpawn request = good_spawn(target);
        SpawnerPacket packet;
        Connection c;
        ssize_t n;

        if (connection_open_as(target, target->peer_uid, &c) < 0)
                bail_out("cannot connect to %s", target->socket);
        hello.header.version = SPAWNER_PROTOCOL_VERSION + 1;
        (void) send_bytes(&c, &hello, sizeof(hello));
        n = receive(&c, &packet, NULL);
        check(n == sizeof(hello) && packet.hello.error == SPAWNER_ERROR_VERSION &&
                        packet.header.version == SPAWNER_PROTOCOL_VERSION,
                "hello of another version: answered with version-mismatch");
        check(is_closed(&c), "hello of another version: then closed");
        connection_close(&c);

        if (connection_open_as(target, target->peer_uid, &c) >= 0) {
                (void) send_bytes(&c, &request, sizeof(request));
                check(is_closed(&c), "request before the hello: closed");
                connection_close(&c);
        }

        c = connection_greeted(target);
        hello.header.version = SPAWNER_PROTOCOL_VERSION;
        (void) send_bytes(&c, &hello, sizeof(hello));
        check(is_closed(&c), "second hello: closed");
        connection_close(&c);
}

/* Sends one malformed packet on a connection of its own. */
static bool refused_with_close(const Target *target, const void *bytes, size_t size) {
        Connection c = connection_greeted(target);
        bool closed;

        (void) send_bytes(&c, bytes, size);
        closed = is_closed(&c);
        connection_close(&c);
        return closed;
}

static void test_malformed(const Target *target) {
        const SpawnerSpawn good = good_spawn(target);
        SpawnerKill kill_zero = { .header = spawner_header(SPAWNER_KILL) };
        SpawnerSpawn bad;
        char bytes[2 * sizeof(SpawnerPacket)] = { 0 };
        bool all = true;

        memcpy(bytes, &good, sizeof(good));
        for (size_t size = 0; size <= sizeof(good) + 8; size++)
                if (size != sizeof(good))
                        all = refused_with_close(target, bytes, size) && all;
        all = refused_with_close(target, bytes, sizeof(bytes)) && all;
        check(all, "a request of any wrong size: closed");

        bad = good;
        bad.header.magic++;
        check(refused_with_close(target, &bad, sizeof(bad)), "wrong magic: closed");
        bad = good;
        bad.header.version++;
        check(refused_with_close(target, &bad, sizeof(bad)), "wrong version: closed");
        bad = good;
        bad.header.zero = 1;
        check(refused_with_close(target, &bad, sizeof(bad)), "header not zero where it must be: closed");
        bad = good;
        bad.groups[SPAWNER_GROUPS_MAX - 1] = 60001;
        check(refused_with_close(target, &bad, sizeof(bad)), "groups behind the last one: closed");
        bad = good;
        bad.n_groups = SPAWNER_GROUPS_MAX + 1;
        check(refused_with_close(target, &bad, sizeof(bad)), "65 groups: closed");
        bad.n_groups = UINT32_MAX;
        check(refused_with_close(target, &bad, sizeof(bad)), "4294967295 groups: closed");
        check(refused_with_close(target, &kill_zero, sizeof(kill_zero)), "kill of child 0: closed");

        all = true;
        for (uint32_t type = 0; type < 64; type++) {
                bad = good;
                bad.header.type = type < 32 ? type : UINT32_C(1) << (type - 32);
                if (bad.header.type != SPAWNER_SPAWN)
                        all = refused_with_close(target, &bad, sizeof(bad)) && all;
        }
        check(all, "any other type: closed");

        all = true;
        for (unsigned i = 0; i < 500; i++) {
                size_t size = 1 + i % sizeof(SpawnerPacket);

                if (getrandom(bytes, size, 0) < 0)
                        bail_out("no random bytes");
                all = refused_with_close(target, bytes, size) && all;
        }
        check(all, "500 packets of garbage: closed");
}

static void test_descriptor(const Target *target) {
        SpawnerSpawn request = good_spawn(target);
        Connection c = connection_greeted(target);
        union {
                struct cmsghdr header;
                char buffer[CMSG_SPACE(sizeof(int))];
        } control = { .header = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
        struct iovec iov = { .iov_base = &request, .iov_len = sizeof(request) };
        struct msghdr message = {
                .msg_iov = &iov,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = sizeof(control),
        };

        memcpy(CMSG_DATA(&control.header), &c.fd, sizeof(c.fd));
        (void) sendmsg(c.fd, &message, MSG_NOSIGNAL);
        check(is_closed(&c), "a request with a descriptor: closed");
        connection_close(&c);
}

static void expect(
        const Connection *c, const SpawnerSpawn *request, SpawnerError want, const char *what, uint32_t id) {
        Worker worker;
        int error;

        error = spawn(c, request, &worker);
        check(error == (int) want, "%s %u: %s (want %s)", what, id,
                error < 0 ? "no reply" : spawner_error_to_string(error), spawner_error_to_string(want));
        if (error == 0)
                send_kill(c, worker.id);
        worker_done(&worker);
}

static void test_ids(const Target *target) {
        static const uint32_t never[] = { 0, 65534, 65535, UINT32_MAX };
        static const uint32_t groups[] = { 0, 1, 4, 6, 15, 27, 42, 99, 65534, 65535, UINT32_MAX };
        static const uint32_t kinds[] = { 0, 2, 3, UINT32_MAX };
        static const char *const users[] = { "userunitd", "userunit-accounts", "userunit-journal" };
        Connection c = connection_greeted(target);
        SpawnerSpawn request;

        for (size_t i = 0; i < ELEMENTSOF(never); i++) {
                request = good_spawn(target);
                request.uid = never[i];
                expect(&c, &request, SPAWNER_ERROR_UID, "uid", never[i]);
        }

        request = good_spawn(target);
        request.uid = target->peer_uid;
        expect(&c, &request, SPAWNER_ERROR_UID, "uid of the peer", request.uid);
        for (size_t i = 0; i < ELEMENTSOF(users); i++) {
                const struct passwd *entry = getpwnam(users[i]);

                if (!entry)
                        continue;
                request.uid = entry->pw_uid;
                expect(&c, &request, SPAWNER_ERROR_UID, users[i], request.uid);
                request = good_spawn(target);
                request.gid = entry->pw_gid;
                expect(&c, &request, SPAWNER_ERROR_GID, "gid of ours", request.gid);
        }

        for (size_t i = 0; i < ELEMENTSOF(groups); i++) {
                if (groups[i] == target->gid)
                        continue;

                request = good_spawn(target);
                request.gid = groups[i];
                expect(&c, &request, SPAWNER_ERROR_GID, "gid", groups[i]);

                request = good_spawn(target);
                request.n_groups = SPAWNER_GROUPS_MAX;
                for (size_t g = 0; g < SPAWNER_GROUPS_MAX; g++)
                        request.groups[g] = 60001;
                request.groups[SPAWNER_GROUPS_MAX - 1] = groups[i];
                expect(&c, &request, SPAWNER_ERROR_GROUPS, "supplementary group", groups[i]);
        }

        for (size_t i = 0; i < ELEMENTSOF(kinds); i++) {
                request = good_spawn(target);
                request.kind = kinds[i];
                expect(&c, &request, SPAWNER_ERROR_KIND, "kind", kinds[i]);
        }

        request = good_spawn(target);
        expect(&c, &request, SPAWNER_ERROR_NONE, "the account itself after all that, uid", request.uid);
        connection_close(&c);
}

static void test_children(const Target *target) {
        SpawnerSpawn request = good_spawn(target);
        Connection mine = connection_greeted(target), other = connection_greeted(target);
        Worker a, b, replaced;
        int status = 0;
        pid_t pid;

        if (!check(spawn(&mine, &request, &a) == 0 && spawn(&mine, &request, &b) == 0, "two workers start"))
                return;
        check(b.id > a.id, "ids go up");

        for (uint64_t id = 1; id <= b.id + 8; id++)
                send_kill(&other, id);
        send_kill(&other, 1);
        send_kill(&other, (uint64_t) getpid());
        send_kill(&other, UINT64_MAX);
        check(worker_alive(&a) && worker_alive(&b), "another connection cannot kill them");

        send_kill(&mine, a.id);
        check(wait_exited(&mine, a.id, &status) && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
                "its own connection can, and is told");
        send_kill(&mine, a.id);
        check(spawn(&mine, &request, &replaced) == 0 && replaced.id > b.id, "an id is not given twice");
        check(worker_alive(&b), "a second kill of a dead child does nothing");

        worker_done(&replaced);
        send_kill(&mine, replaced.id);
        (void) wait_exited(&mine, replaced.id, &status);
        pid = geteuid() == 0 ? find_worker(target, &b) : 0;
        if (pid > 0) {
                (void) kill(pid, SIGSTOP);
                send_kill(&mine, b.id);
                check(wait_exited(&mine, b.id, &status) && WIFSIGNALED(status),
                        "a stopped worker dies when killed");
        } else
                skip("not root", "a stopped worker dies when killed");

        worker_done(&b);
        check(spawn(&mine, &request, &b) == 0, "a worker starts");
        connection_close(&mine);
        check(worker_gone(&b), "the end of a connection ends its workers");

        worker_done(&a);
        worker_done(&b);
        connection_close(&other);
}

static void test_limits(const Target *target) {
        SpawnerSpawn request = good_spawn(target);
        Connection c = connection_greeted(target), more[SPAWNER_PEERS_MAX];
        Worker workers[SPAWNER_LIVE_PER_PEER + 1];
        bool all = true;
        int error;

        for (size_t i = 0; i < SPAWNER_LIVE_PER_PEER; i++)
                all = spawn(&c, &request, workers + i) == 0 && all;
        check(all, "%d workers on one connection", SPAWNER_LIVE_PER_PEER);
        error = spawn(&c, &request, workers + SPAWNER_LIVE_PER_PEER);
        check(error == SPAWNER_ERROR_LIMIT, "one more: limit-reached");
        for (size_t i = 0; i < ELEMENTSOF(workers); i++)
                worker_done(workers + i);

        for (size_t i = 1; i < SPAWNER_PEERS_MAX; i++)
                more[i] = connection_greeted(target);
        all = connection_open_as(target, target->peer_uid, more) < 0 || is_closed(more);
        check(all, "connection %d at once: refused", SPAWNER_PEERS_MAX + 1);
        connection_close(&c);
        for (size_t i = 0; i < SPAWNER_PEERS_MAX; i++)
                connection_close(more + i);

        c = connection_greeted(target);
        check(spawn(&c, &request, workers) == 0, "after that: served again");
        worker_done(workers);
        connection_close(&c);

        if (geteuid() == 0) {
                all = connection_open_as(target, target->uid, &c) < 0 || is_closed(&c);
                check(all, "a connection of the account: refused");
                all = connection_open_as(target, 0, &c) < 0 || is_closed(&c);
                check(all, "a connection of root: refused");
        } else
                skip("not root", "a connection of others: refused");
}

/* A peer that asks and does not read costs only itself. */
static void test_deaf_peer(const Target *target) {
        SpawnerSpawn request = good_spawn(target), bad = request;
        Connection deaf = connection_greeted(target), c;
        Worker worker;
        size_t n = 0;

        bad.uid = 0;
        while (n < 100000 && send(deaf.fd, &bad, sizeof(bad), MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof(bad))
                n++;
        check(n < 100000, "a peer that does not read is not read from either (after %zu requests)", n);

        c = connection_greeted(target);
        check(spawn(&c, &request, &worker) == 0, "another connection is served meanwhile");
        worker_done(&worker);
        connection_close(&c);
        connection_close(&deaf);
}

static void test_many(const Target *target, unsigned n) {
        SpawnerSpawn request = good_spawn(target);
        Connection c = connection_greeted(target);
        uint64_t last = 0;
        unsigned good = 0;

        for (unsigned i = 0; i < n; i++) {
                Worker worker;
                int status;

                if (spawn(&c, &request, &worker) != 0)
                        break;
                worker_done(&worker); /* half of them end by themselves, half are killed */
                if (i % 2)
                        send_kill(&c, worker.id);
                if (worker.id <= last || !wait_exited(&c, worker.id, &status))
                        break;
                last = worker.id;
                good++;
        }

        check(good == n, "%u of %u workers in a row started and ended", good, n);
        connection_close(&c);
}

/* The workers of a spawner that is killed die with it. systemd starts another. */
static void test_killed_spawner(const Target *target) {
        SpawnerSpawn request = good_spawn(target);
        Connection c = connection_greeted(target);
        struct ucred spawner;
        socklen_t size = sizeof(spawner);
        Worker worker;

        if (spawn(&c, &request, &worker) != 0 || find_worker(target, &worker) == 0 ||
                getsockopt(worker.fd, SOL_SOCKET, SO_PEERCRED, &spawner, &size) < 0)
                bail_out("no worker");
        if (kill(spawner.pid, SIGKILL) < 0)
                bail_out("cannot kill the spawner: %s", strerror(errno));
        check(worker_gone(&worker), "a worker dies with the spawner");
        worker_done(&worker);
        connection_close(&c);
}

static int64_t now_nsec(void) {
        struct timespec now;

        (void) clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int compare_times(const void *a, const void *b) {
        const int64_t *x = a, *y = b;

        return (*x > *y) - (*x < *y);
}

/* How long from the request to the reply, and to the first byte that the dropped worker sends back. */
static void bench(const Target *target, unsigned n) {
        SpawnerSpawn request = good_spawn(target);
        Connection c = connection_greeted(target);
        int64_t *reply = calloc(n, sizeof(*reply)), *served = calloc(n, sizeof(*served));
        char byte = 'x';

        for (unsigned i = 0; reply && served && i < n; i++) {
                int64_t begin = now_nsec();
                Worker worker;
                int status;

                if (spawn(&c, &request, &worker) != 0)
                        bail_out("no worker");
                reply[i] = now_nsec() - begin;
                if (send(worker.fd, &byte, 1, MSG_NOSIGNAL) != 1 || recv(worker.fd, &byte, 1, 0) != 1)
                        bail_out("the worker does not answer");
                served[i] = now_nsec() - begin;
                worker_done(&worker);
                (void) wait_exited(&c, worker.id, &status);
        }
        if (reply && served) {
                qsort(reply, n, sizeof(*reply), compare_times);
                qsort(served, n, sizeof(*served), compare_times);
                printf("# cold worker, microseconds (median, 95th percentile): reply %ld %ld, served %ld %ld\n",
                        (long) reply[n / 2] / 1000, (long) reply[n * 95 / 100] / 1000,
                        (long) served[n / 2] / 1000, (long) served[n * 95 / 100] / 1000);
        }

        free(reply);
        free(served);
        connection_close(&c);
}

static uint32_t parse_number(const char *s) {
        char *end;
        unsigned long value = strtoul(s, &end, 10);

        if (*s < '0' || *s > '9' || *end || value > UINT32_MAX)
                bail_out("not a number: %s", s);
        return (uint32_t) value;
}

int main(int argc, char *argv[]) {
        static const struct option options[] = {
                { "socket", required_argument, NULL, 's' },
                { "uid", required_argument, NULL, 'u' },
                { "gid", required_argument, NULL, 'g' },
                { "peer-uid", required_argument, NULL, 'p' },
                { "echo", no_argument, NULL, 'e' },
                { "sanitizers", no_argument, NULL, 'a' },
                { "kill", no_argument, NULL, 'k' },
                { "spawns", required_argument, NULL, 'n' },
                { "bench", required_argument, NULL, 'b' },
                {},
        };
        const struct passwd *peer = getpwnam("userunitd");
        Target target = { .peer_uid = peer ? peer->pw_uid : UINT32_MAX };
        unsigned n_spawns = 1000, n_bench = 0;
        bool kill_spawner = false;
        int c;

        while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0)
                switch (c) {
                case 's':
                        target.socket = optarg;
                        break;
                case 'u':
                        target.uid = parse_number(optarg);
                        break;
                case 'g':
                        target.gid = parse_number(optarg);
                        break;
                case 'p':
                        target.peer_uid = parse_number(optarg);
                        break;
                case 'e':
                        target.echo = true;
                        break;
                case 'a':
                        target.sanitizers = true;
                        break;
                case 'k':
                        kill_spawner = true;
                        break;
                case 'n':
                        n_spawns = parse_number(optarg);
                        break;
                case 'b':
                        n_bench = parse_number(optarg);
                        break;
                default:
                        return EXIT_FAILURE;
                }
        if (!target.socket || target.uid == 0 || target.gid == 0 || target.peer_uid == UINT32_MAX)
                bail_out("wants --socket=, --uid=, --gid=, and a user userunitd or --peer-uid=");

        (void) setvbuf(stdout, NULL, _IOLBF, 0);
        test_hello(&target);
        test_malformed(&target);
        test_descriptor(&target);
        test_ids(&target);
        test_children(&target);
        test_limits(&target);
        test_deaf_peer(&target);
        audit_worker(&target);
        test_many(&target, n_spawns);
        if (n_bench > 0 && target.echo)
                bench(&target, n_bench);
        if (kill_spawner)
                test_killed_spawner(&target);

        return checks_done() ? EXIT_SUCCESS : EXIT_FAILURE;
}
