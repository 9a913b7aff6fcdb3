/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Proofs without a manager: how they are read, their specifiers, and files. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

#include "common/limits.h"
#include "common/strv.h"
#include "common/time-span.h"
#include "daemon/worker/proof/file.h"
#include "daemon/worker/proof/gather.h"
#include "daemon/worker/proof/look.h"

static char root[64], home[96];
static Disk disk;
static char *environment[4];

static ProofSpecifiers specifiers_of(const char *unit) {
        return (ProofSpecifiers){
                .unit = { .disk = &disk, .unit = unit },
                .fragment = "/etc/systemd/user/app@.service",
                .environment = environment,
        };
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
        return remove(path);
}

static void put(const char *name, const char *text) {
        char path[256];
        int fd;

        (void) snprintf(path, sizeof(path), "%s/%s", root, name);
        fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), strlen(text));
        (void) close(fd);
}

/* Not below /tmp, which a worker has for itself: the first place that can be written to. */
static void make_root(void) {
        const char *const places[] = { getenv("HOME") ?: "/nonexistent", ".", "/var/lib" };
        char *place;

        for (size_t i = 0; i < ELEMENTSOF(places); i++) {
                place = realpath(places[i], NULL);
                if (!place)
                        continue;
                (void) snprintf(root, sizeof(root), "%s/proof-XXXXXX", place);
                free(place);
                if (mkdtemp(root))
                        return;
        }
        root[0] = 0;
}

static int setup(void **state) {
        make_root();
        assert_true(root[0] != 0);
        (void) snprintf(home, sizeof(home), "%s/home", root);
        assert_return_code(mkdir(home, 0755), errno);
        assert_return_code(disk_open(getuid(), home, root, "/run/user", &disk), 0);
        environment[0] = NULL;
        return 0;
}

static int teardown(void **state) {
        disk_done(&disk);
        return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void parse(const char *text, Proof *ret) {
        const ProofSpecifiers specifiers = specifiers_of("app@one.service");

        assert_int_equal(proof_parse(text, &specifiers, ret), 0);
        assert_string_equal(ret->text, text);
}

/* ---- reading ---- */

static void test_read(void **state) {
        static const struct {
                const char *text;
                ProofKind kind;
                const char *target, *port;
                uint64_t deadline, max_age, min_size;
        } cases[] = {
                { "file:/a", PROOF_FILE, "/a", NULL, PROOF_UNSET, PROOF_UNSET, PROOF_UNSET },
                { "file:/a max-age=2min", PROOF_FILE, "/a", NULL, PROOF_UNSET, 120000000, PROOF_UNSET },
                { "max-age=90 deadline=1.5s file:/a min-size=4K", PROOF_FILE, "/a", NULL, 1500000, 90000000,
                        4096 },
                { "  file:/a\tmax-age=\"1min 30s\" ", PROOF_FILE, "/a", NULL, PROOF_UNSET, 90000000,
                        PROOF_UNSET },
                { "\"file:/a b\"", PROOF_FILE, "/a b", NULL, PROOF_UNSET, PROOF_UNSET, PROOF_UNSET },
                { "file:/a\\x20b", PROOF_FILE, "/a b", NULL, PROOF_UNSET, PROOF_UNSET, PROOF_UNSET },
                { "file:/a min-size=0", PROOF_FILE, "/a", NULL, PROOF_UNSET, PROOF_UNSET, 0 },
                { "file:/%i/%%", PROOF_FILE, "/one/%", NULL, PROOF_UNSET, PROOF_UNSET, PROOF_UNSET },
                { "tcp:127.0.0.1:80", PROOF_TCP, "127.0.0.1", "80", PROOF_UNSET, PROOF_UNSET, PROOF_UNSET },
                { "tcp:[::1]:65535 deadline=300", PROOF_TCP, "::1", "65535", 300000000, PROOF_UNSET,
                        PROOF_UNSET },
                { "tcp:db.example.org:1", PROOF_TCP, "db.example.org", "1", PROOF_UNSET, PROOF_UNSET,
                        PROOF_UNSET },
                { "unix:/run/x", PROOF_UNIX, "/run/x", NULL, PROOF_UNSET, PROOF_UNSET, PROOF_UNSET },
                { "unix:@x", PROOF_UNIX, "@x", NULL, PROOF_UNSET, PROOF_UNSET, PROOF_UNSET },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(proof_done) Proof proof = {};

                parse(cases[i].text, &proof);
                if (proof.kind != cases[i].kind)
                        fail_msg("%s: %s", cases[i].text, proof.evidence);
                assert_int_equal(proof.result, PROOF_OPEN);
                assert_string_equal(proof.target, cases[i].target);
                assert_true(streq_ptr(proof.port, cases[i].port));
                assert_true(proof.deadline_usec == cases[i].deadline);
                assert_true(proof.max_age_usec == cases[i].max_age);
                assert_true(proof.min_size == cases[i].min_size);
        }
}

static void test_read_command(void **state) {
        _cleanup_(proof_done) Proof proof = {}, other = {};

        parse("deadline=5s exec:/bin/sh -c \"a 'b' %i\" deadline=6s file:/x", &proof);
        assert_int_equal(proof.kind, PROOF_EXEC);
        assert_true(proof.deadline_usec == 5000000);
        assert_int_equal(strv_length(proof.command), 5);
        assert_string_equal(proof.command[0], "/bin/sh");
        assert_string_equal(proof.command[2], "a 'b' one");
        assert_string_equal(proof.command[3], "deadline=6s");

        parse("exec: true", &other);
        assert_int_equal(other.kind, PROOF_EXEC);
        assert_string_equal(other.command[0], "true");
}

static void test_refused(void **state) {
        static const char *const cases[][2] = {
                { "", "does not say what" },
                { "deadline=1s", "does not say what" },
                { "/path", "is neither" },
                { "http:x", "is neither" },
                { "file:", "must be absolute" },
                { "file:a", "must be absolute" },
                { "file:/a file:/b", "One Proof=" },
                { "file:/a exec:true", "One Proof=" },
                { "file:/a max-age=", "takes a time" },
                { "file:/a max-age=0", "takes a time" },
                { "file:/a max-age=soon", "takes a time" },
                { "file:/a max-age=infinity", "takes a time" },
                { "file:/a max-age=1 max-age=2", "twice" },
                { "file:/a deadline=301", "300 s at most" },
                { "file:/a min-size=many", "takes a size" },
                { "file:/a min-size=-1", "takes a size" },
                { "file:/a min-size=1 min-size=1", "twice" },
                { "tcp:1:2 max-age=1", "about files" },
                { "exec:", "no command" },
                { "exec:\"\"", "no command" },
                { "exec:-/bin/true", "no prefix" },
                { "exec:+/bin/true", "no prefix" },
                { "exec:\"/bin/true", "quote" },
                { "\"exec:/bin/true a\"", "not around the whole" },
                { "tcp:", "needs a host" },
                { "tcp:80", "needs a host" },
                { "tcp::80", "needs a host" },
                { "tcp:[]:80", "needs a host" },
                { "tcp:-h:80", "needs a host" },
                { "tcp:::1:80", "brackets" },
                { "tcp:host:", "port is a number" },
                { "tcp:host:0", "port is a number" },
                { "tcp:host:http", "port is a number" },
                { "tcp:host:65536", "port is a number" },
                { "tcp:host:080", "port is a number" },
                { "\"tcp:a b:80\"", "character" },
                { "unix:x", "must be absolute" },
                { "unix:@", "must be absolute" },
                { "unix:/0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678",
                        "at most 107 bytes" },
                { "file:/%!%Q", "no specifier %Q" },
                { "file:/%d/x", "%d stands for is not known" },
                { "file:/\"x", "quote" },
                { "file:/\\q", "escape" },
                { "file:/\xff", "not UTF-8" },
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(proof_done) Proof proof = {};

                parse(cases[i][0], &proof);
                assert_int_equal(proof.kind, PROOF_INVALID);
                assert_int_equal(proof.result, PROOF_UNREADABLE);
                if (!strstr(proof.evidence, cases[i][1]))
                        fail_msg("%s: %s", cases[i][0], proof.evidence);
        }
}

static void test_long(void **state) {
        const ProofSpecifiers specifiers = specifiers_of("app.service");
        _cleanup_(proof_done) Proof proof = {};
        char text[PROOF_SIZE_MAX + 2] = "file:/";

        memset(text + 6, 'a', sizeof(text) - 7);
        text[sizeof(text) - 1] = 0;
        assert_int_equal(proof_parse(text, &specifiers, &proof), 0);
        assert_int_equal(proof.result, PROOF_UNREADABLE);
        assert_int_equal(strlen(proof.text), PROOF_SIZE_MAX);
        proof_done(&proof);

        text[sizeof(text) - 2] = 0;
        assert_int_equal(proof_parse(text, &specifiers, &proof), 0);
        assert_int_equal(proof.kind, PROOF_FILE);
}

static void test_text(void **state) {
        const ProofSpecifiers specifiers = specifiers_of("app.service");
        Proof *proofs = NULL;
        size_t n = 0;
        char many[20 * 16 + 32] = "[X-Userunit]\n";

        assert_int_equal(
                proofs_read(
                        "Proof=file:/0\n[Service]\nProof=file:/1\n[X-Userunit]\nOwner=x\n"
                        "Proof=file:/a \\\n# not this\n  max-age=1min\nProof = tcp:h:1\n[X-Other]\nProof=file:/2\n",
                        &specifiers, &proofs, &n),
                0);
        assert_int_equal(n, 2);
        assert_string_equal(proofs[0].target, "/a");
        assert_true(proofs[0].max_age_usec == 60000000);
        assert_int_equal(proofs[1].kind, PROOF_TCP);

        /* A drop-in adds, and with nothing at all begins anew. */
        assert_int_equal(proofs_read("[X-Userunit]\nProof=file:/b\n", &specifiers, &proofs, &n), 0);
        assert_int_equal(n, 3);
        assert_int_equal(proofs_read("[X-Userunit]\nProof=\nProof=file:/c\n", &specifiers, &proofs, &n), 0);
        assert_int_equal(n, 1);
        assert_string_equal(proofs[0].target, "/c");
        assert_int_equal(proofs_read("[X-Userunit\n", &specifiers, &proofs, &n), -EBADMSG);

        for (unsigned i = 0; i < PROOFS_PER_UNIT_MAX; i++)
                strcat(many, "Proof=file:/d\n");
        assert_int_equal(proofs_read(many, &specifiers, &proofs, &n), -E2BIG);
        assert_int_equal(n, PROOFS_PER_UNIT_MAX);
        proofs_free(proofs, n);
}

/* ---- specifiers ---- */

static void expect_specifier(const char *unit, const char *format, const char *expected) {
        const ProofSpecifiers specifiers = specifiers_of(unit);
        _cleanup_free_ char *value = NULL, *wanted = NULL;
        char letter = 0;

        assert_true(
                asprintf(&wanted, "%s%s", *expected == '~' ? home : "", expected + (*expected == '~')) >= 0);
        if (proof_specifiers_expand(&specifiers, format, &value, &letter) < 0)
                fail_msg("%s: %%%c", format, letter);
        assert_string_equal(value, wanted);
}

static void test_specifiers(void **state) {
        static const char *const cases[][3] = {
                { "app.service", "%n %N %p %i", "app.service app app " },
                { "a-b@c-d\\x2de.service", "%i %I %p %P %j %J %f", "c-d\\x2de c/d-e a-b a/b b b /c/d-e" },
                { "srv-data.mount", "%f", "/srv/data" },
                { "app@-.service", "%f", "/" },
                { "app.service", "%h/x", "~/x" },
                { "app.service", "%E", "~/.config" },
                { "app.service", "%C", "~/.cache" },
                { "app.service", "%D", "~/.local/share" },
                { "app.service", "%T %V", "/tmp /var/tmp" },
                { "app@.service", "%y %Y", "/etc/systemd/user/app@.service /etc/systemd/user" },
                { "app.service", "100% %%", "100% %" },
        };
        char uid[16], runtime[32];

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                expect_specifier(cases[i][0], cases[i][1], cases[i][2]);
        (void) snprintf(uid, sizeof(uid), "%u", (unsigned) getuid());
        (void) snprintf(runtime, sizeof(runtime), "/run/user/%s", uid);
        expect_specifier("app.service", "%U", uid);
        expect_specifier("app.service", "%t", runtime);

        /* What the manager was started with counts; a path that is not absolute does not. */
        environment[0] = (char *) "XDG_CONFIG_HOME=/c";
        environment[1] = (char *) "XDG_CACHE_HOME=relative";
        environment[2] = (char *) "TMPDIR=/t";
        environment[3] = NULL;
        expect_specifier("app.service", "%E", "/c");
        expect_specifier("app.service", "%C", "~/.cache");
        expect_specifier("app.service", "%T %V", "/t /t");
}

/* An account that is in no local file has no name here, and no name service is asked. */
static void test_unknown_specifiers(void **state) {
        const ProofSpecifiers specifiers = specifiers_of("app.service");
        char *value = NULL, passwd[128], letter = 0, path[128];

        (void) snprintf(path, sizeof(path), "%s/etc", root);
        assert_return_code(mkdir(path, 0755), errno);
        for (const char *c = "ugsd"; *c; c++) {
                char format[] = { '%', *c, 0 };

                assert_int_equal(proof_specifiers_expand(&specifiers, format, &value, &letter), -EUNATCH);
                assert_int_equal(letter, *c);
        }
        (void) snprintf(passwd, sizeof(passwd), "other:x:4294967:1::/:/bin/sh\nme:x:%u:1::/home:/bin/zsh\n",
                (unsigned) getuid());
        put("etc/passwd", passwd);
        expect_specifier("app.service", "%u %s", "me /bin/zsh");
        assert_int_equal(proof_specifiers_expand(&specifiers, "%Z", &value, &letter), -EBADSLT);
        assert_int_equal(letter, 'Z');
}

/* ---- files ---- */

static void expect_file(const char *text, ProofResult result, const char *evidence) {
        _cleanup_(proof_done) Proof proof = {};

        parse(text, &proof);
        if (proof.kind != PROOF_FILE)
                fail_msg("%s: %s", text, proof.evidence);
        assert_true(proof_look_file(&disk, &proof));
        if (proof.result != result || !strstr(proof.evidence, evidence))
                fail_msg("%s: %d %s", text, proof.result, proof.evidence);
        assert_true(proof.duration_usec != PROOF_UNSET);
}

static void set_age(const char *name, time_t seconds) {
        struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = time(NULL) - seconds } };
        char path[256];

        (void) snprintf(path, sizeof(path), "%s/%s", root, name);
        assert_return_code(utimensat(AT_FDCWD, path, times, 0), errno);
}

static void make(int (*f)(const char *, const char *), const char *to, const char *name) {
        char path[256];

        (void) snprintf(path, sizeof(path), "%s/%s", root, name);
        assert_return_code(f(to, path), errno);
}

static void test_files(void **state) {
        char path[256];

        put("home/young", "12345");
        put("home/old", "12345");
        put("home/future", "12345");
        set_age("home/old", 3700);
        set_age("home/future", -100);
        put("outside", "12345");
        make(symlink, "young", "home/link");
        make(symlink, "../outside", "home/out");
        make(symlink, "/proc/self/fd/0", "home/magic");
        make(symlink, "loop", "home/loop");
        (void) snprintf(path, sizeof(path), "%s/home/fifo", root);
        assert_return_code(mkfifo(path, 0644), errno);

        expect_file("file:%h/young", PROOF_PASS, "5 bytes");
        expect_file("file:%h/young max-age=1min min-size=5", PROOF_PASS, "ago, 5 bytes.");
        expect_file("file:%h/young min-size=6", PROOF_FAIL, "5 bytes (at least 6 bytes)");
        expect_file("file:%h/old", PROOF_PASS, "1h 1min ago");
        expect_file("file:%h/old max-age=1h", PROOF_FAIL, "1h 1min ago (1h at most)");
        expect_file("file:%h/old max-age=2h", PROOF_PASS, "");
        expect_file("file:%h/future max-age=1s", PROOF_PASS, "from now");
        expect_file("file:%h/link min-size=5", PROOF_PASS, "");
        expect_file("file:%h/out min-size=5", PROOF_PASS, "");
        expect_file("file:%h/nothing", PROOF_FAIL, "no such file");
        expect_file("file:%h/young/x", PROOF_FAIL, "");
        expect_file("file:%h/loop", PROOF_FAIL, "cannot look at it");
        expect_file("file:%h", PROOF_PASS, "a directory");
        expect_file("file:%h min-size=1", PROOF_FAIL, "a directory (at least 1 bytes)");
        /* Nobody writes into it, and nobody waits for that. */
        expect_file("file:%h/fifo", PROOF_PASS, "a FIFO");
}

/* The worker's /tmp is another than the account's: a process of the account must look. */
static void test_own_places(void **state) {
        static const char *const others[] = { "file:/tmp/x", "file:/tmp", "file:/var/tmp/x",
                "file:/dev/shm/x", "file:/proc/self/fd/0", "file:%h/../home/tmp-link/x", "file:%T/x" };

        make(symlink, "/tmp", "home/tmp-link");
        for (size_t i = 0; i < ELEMENTSOF(others); i++) {
                _cleanup_(proof_done) Proof proof = {};

                parse(others[i], &proof);
                assert_int_equal(proof.kind, PROOF_FILE);
                assert_false(proof_look_file(&disk, &proof));
                assert_int_equal(proof.result, PROOF_OPEN);
        }
        expect_file("file:/usr/bin/env", PROOF_PASS, "bytes");
        expect_file("file:/tmpfile", PROOF_FAIL, "no such file");
}

/* ---- evidence ---- */

static void test_evidence(void **state) {
        _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(64 * 1024);
        _cleanup_(proof_done) Proof proof = {};
        _cleanup_free_ char *json = NULL;
        char text[PROOF_EVIDENCE_MAX + 10];

        parse("tcp:h:1", &proof);
        proof_decide_text(&proof, PROOF_FAIL, "a\033[2J\0b\xff\r\n\n \n", 13);
        assert_string_equal(proof.evidence, "a\\x1b[2J\\x00b\\xff");
        for (size_t i = 0; i < sizeof(text); i += 2)
                memcpy(text + i, "\303\274", 2);
        text[0] = text[1] = 'x';
        proof_decide_text(&proof, PROOF_FAIL, text + 1, sizeof(text) - 1);
        assert_int_equal(strlen(proof.evidence), PROOF_EVIDENCE_MAX - 1);

        proof_decide(&proof, PROOF_PASS, "%s", "one\ntwo");
        proof_write(&proof, 5, &w);
        assert_int_equal(json_writer_finish(&w, &json, NULL), 0);
        assert_string_equal(json,
                "{\"proof\":\"tcp:h:1\",\"kind\":\"tcp\",\"result\":\"pass\",\"evidence\":\"one\\nt\"}");
}

static void test_span_text(void **state) {
        static const struct {
                uint64_t usec;
                const char *text;
        } cases[] = { { 0, "0.0ms" }, { 1500, "1.5ms" }, { 340000, "340ms" }, { 1000000, "1s" },
                { 2540000, "2.5s" }, { 60000000, "1min" }, { 65000000, "1min 5s" }, { 3600000000, "1h" },
                { 3661000000, "1h 1min" }, { UINT64_C(90000000000), "1d 1h" },
                { UINT64_MAX - 1, "584542y 16d" }, { UINT64_MAX, "infinity" } };
        char text[TIME_SPAN_TEXT_MAX];

        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                assert_string_equal(time_span_format(cases[i].usec, text), cases[i].text);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
        /* 77 is a test left out. */
        make_root();
        if (root[0] == 0)
                return 77;
        (void) rmdir(root);

        const struct CMUnitTest tests[] = {
                TEST(test_read),
                TEST(test_read_command),
                TEST(test_refused),
                TEST(test_long),
                TEST(test_text),
                TEST(test_specifiers),
                TEST(test_unknown_specifiers),
                TEST(test_files),
                TEST(test_own_places),
                TEST(test_evidence),
                TEST(test_span_text),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
