/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The doctor's checks over trees of files with one fault each. */

#include "tests/unit/client-fixture.h"

#include <ftw.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "client/doctor/doctor.h"

/* An account that is not root's, so that root may run this too. */
#define OTHER_UID 1U

typedef struct Tree {
        char root[32];
        char home[64], runtime[64], linger[64], pam[64], mounts[64], own[80];
        DoctorPlaces places;
        Doctor doctor;
} Tree;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
        (void) chmod(path, 0700);
        return remove(path);
}

static void give(const Tree *t, const char *path) {
        if (getuid() == 0)
                assert_int_equal(lchown(path, t->doctor.account.uid, t->doctor.account.gid), 0);
}

static void make_directory(const Tree *t, const char *path, mode_t mode) {
        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(chmod(path, mode), 0);
        give(t, path);
}

static void write_file(const char *path, const char *text) {
        FILE *f = fopen(path, "we");

        assert_non_null(f);
        fputs(text, f);
        assert_int_equal(fclose(f), 0);
}

static void write_in(const char *directory, const char *name, const char *text) {
        char path[128];

        snprintf(path, sizeof(path), "%s/%s", directory, name);
        write_file(path, text);
}

static int setup(void **state) {
        Tree *t = calloc(1, sizeof(*t));
        uid_t uid = getuid() ?: OTHER_UID;

        assert_non_null(t);
        strcpy(t->root, "/tmp/test-doctor-XXXXXX");
        assert_non_null(mkdtemp(t->root));
        assert_int_equal(chmod(t->root, 0755), 0);
        snprintf(t->home, sizeof(t->home), "%s/home", t->root);
        snprintf(t->runtime, sizeof(t->runtime), "%s/run", t->root);
        snprintf(t->linger, sizeof(t->linger), "%s/linger", t->root);
        snprintf(t->pam, sizeof(t->pam), "%s/pam.d", t->root);
        snprintf(t->mounts, sizeof(t->mounts), "%s/mountinfo", t->root);
        snprintf(t->own, sizeof(t->own), "%s/%u", t->runtime, uid);
        t->places = (DoctorPlaces){ .linger = t->linger,
                .runtime = t->runtime,
                .mounts = t->mounts,
                .pam = { t->pam },
                .configuration = "/nonexistent",
                .cgroup = "/nonexistent" };

        assert_int_equal(doctor_init(&t->doctor, &t->places, "svc"), 0);
        t->doctor.check = "test";
        t->doctor.known = true;
        t->doctor.name = strdup("svc");
        /* Nothing here asks the bus of the host that the tests run on. */
        t->doctor.bus = (DoctorBus){ .tried = true, .error = -ENOTCONN };
        strcpy(t->doctor.account.name, "svc");
        strcpy(t->doctor.account.home, t->home);
        t->doctor.account.uid = uid;
        t->doctor.account.gid = getgid() ?: OTHER_UID;

        make_directory(t, t->home, 0755);
        make_directory(t, t->runtime, 0755);
        make_directory(t, t->own, 0700);
        make_directory(t, t->linger, 0755);
        make_directory(t, t->pam, 0755);
        write_file(t->mounts, "21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n");
        *state = t;
        return 0;
}

static int teardown(void **state) {
        Tree *t = *state;

        doctor_done(&t->doctor);
        assert_int_equal(nftw(t->root, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
        free(t);
        return 0;
}

/* The findings of one check, alone. */
static void run(Tree *t, void (*check)(Doctor *d)) {
        for (size_t i = 0; i < t->doctor.n_findings; i++) {
                free(t->doctor.findings[i].message);
                free(t->doctor.findings[i].command);
        }
        t->doctor.n_findings = 0;
        check(&t->doctor);
        assert_int_equal(t->doctor.error, 0);
}

static void assert_found(const Tree *t, Severity severity, const char *message, const char *command) {
        for (size_t i = 0; i < t->doctor.n_findings; i++) {
                const Finding *f = t->doctor.findings + i;

                if (f->severity != severity || !strstr(f->message, message))
                        continue;
                if (command) {
                        assert_non_null(f->command);
                        assert_non_null(strstr(f->command, command));
                }
                return;
        }
        fail_msg("no finding \"%s\"; the first is \"%s\"", message,
                t->doctor.n_findings > 0 ? t->doctor.findings[0].message : "");
}

static void assert_well(const Tree *t) {
        assert_true(t->doctor.n_findings > 0);
        assert_true(doctor_worst(&t->doctor) <= SEVERITY_NOTE);
}

static void test_table(void **state) {
        for (size_t i = 0; doctor_check_get(i); i++) {
                const DoctorCheck *check = doctor_check_get(i);

                assert_non_null(check->run);
                assert_int_equal(strspn(check->name, "abcdefghijklmnopqrstuvwxyz-"), strlen(check->name));
                for (size_t k = 0; k < i; k++)
                        assert_string_not_equal(doctor_check_get(k)->name, check->name);
        }
        /* The others go by what it finds. */
        assert_string_equal(doctor_check_get(0)->name, "account");
}

static void test_quote(void **state) {
        static const struct {
                const char *word, *quoted;
        } words[] = {
                { "svc-web", "svc-web" },
                { "user@realm", "user@realm" },
                { "DOM\\user", "'DOM\\user'" },
                { "a b;rm", "'a b;rm'" },
                { "it's", "'it'\\''s'" },
                { "$(id)", "'$(id)'" },
                { "", "''" },
        };
        Doctor d = {};

        for (size_t i = 0; i < ELEMENTSOF(words); i++) {
                _cleanup_free_ char *quoted = doctor_quote(&d, words[i].word);

                assert_string_equal(quoted, words[i].quoted);
        }
}

/* Nothing is advised that would give an account a manager which never gets one. */
static void test_unserved(void **state) {
        Doctor d;

        assert_int_equal(doctor_init(&d, &doctor_places_default, "nobody"), 0);
        assert_int_equal(doctor_run(&d), 0);
        assert_true(d.unserved);
        assert_int_equal(doctor_worst(&d), SEVERITY_ERROR);
        for (size_t i = 0; i < d.n_findings; i++)
                for (size_t k = 0; doctor_check_get(k); k++)
                        assert_false(k > 0 && doctor_check_get(k)->of_account &&
                                streq(d.findings[i].check, doctor_check_get(k)->name));
        doctor_done(&d);
}

static void test_home(void **state) {
        Tree *t = *state;

        run(t, doctor_check_home);
        assert_well(t);

        assert_int_equal(chmod(t->home, 0777), 0);
        run(t, doctor_check_home);
        assert_found(t, SEVERITY_ERROR, "Everybody may write", "chmod o-w ");

        assert_int_equal(chmod(t->home, 0055), 0);
        run(t, doctor_check_home);
        assert_found(t, SEVERITY_ERROR, "may not read, write and enter", "chmod u+rwx ");
        assert_int_equal(chmod(t->home, 0755), 0);

        write_file(t->mounts, "21 1 8:1 / / ro,relatime - ext4 /dev/sda1 rw\n");
        run(t, doctor_check_home);
        assert_found(t, SEVERITY_ERROR, "mounted read-only", "mount -o remount,rw /");
        write_file(t->mounts, "21 1 0:31 / /tmp rw - nfs4 server:/export rw\n");
        run(t, doctor_check_home);
        assert_found(t, SEVERITY_NOTE, "server:/export (nfs4)", NULL);
        assert_well(t);

        /* Neither the home nor what is in it is touched. */
        write_file(t->mounts, "21 1 0:31 / /tmp rw - autofs systemd-1 rw\n");
        assert_int_equal(chmod(t->home, 0777), 0);
        run(t, doctor_check_home);
        assert_found(t, SEVERITY_UNKNOWN, "mounted on demand", NULL);
        assert_int_equal(t->doctor.n_findings, 1);
        run(t, doctor_check_unit_files);
        assert_int_equal(t->doctor.n_findings, 0);
        t->doctor.home_away = false;
        assert_int_equal(chmod(t->home, 0755), 0);
        write_file(t->mounts, "21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n");

        t->doctor.account.uid++;
        t->doctor.caller = getuid() == 0 ? 0 : t->doctor.account.uid;
        run(t, doctor_check_home);
        assert_found(t, SEVERITY_ERROR, "not to the account", "chown ");
        t->doctor.account.uid--;

        assert_int_equal(rmdir(t->home), 0);
        run(t, doctor_check_home);
        assert_found(t, SEVERITY_ERROR, "does not exist", "install -d ");

        strcpy(t->doctor.account.home, "/nonexistent");
        run(t, doctor_check_home);
        assert_found(t, SEVERITY_ERROR, "has no home", "usermod ");
}

static void test_unit_files(void **state) {
        Tree *t = *state;
        char path[160];

        run(t, doctor_check_unit_files);
        assert_well(t);
        assert_false(t->doctor.has_units);

        for (size_t i = 0; i < 4; i++) {
                static const char *const below[] = { "", "/systemd", "/systemd/user",
                        "/systemd/user/default.target.wants" };

                snprintf(path, sizeof(path), "%s/.config%s", t->home, below[i]);
                make_directory(t, path, 0755);
        }
        run(t, doctor_check_unit_files);
        assert_well(t);
        assert_true(t->doctor.has_units);

        snprintf(path, sizeof(path), "%s/.config/systemd/user", t->home);
        assert_int_equal(chmod(path, 0757), 0);
        run(t, doctor_check_unit_files);
        assert_found(t, SEVERITY_ERROR, "Everybody may write", "chmod o-w ");
        assert_int_equal(chmod(path, 0), 0);
        run(t, doctor_check_unit_files);
        assert_found(t, SEVERITY_ERROR, "may not read", "chmod u+rwx ");
        assert_false(t->doctor.has_units);
        assert_int_equal(chmod(path, 0755), 0);
}

/* A command that root copies does not follow what the account may put there meanwhile. */
static void test_unit_files_of_another(void **state) {
        Tree *t = *state;
        char path[160], command[640];

        /* Only root looks at a home as its account. */
        if (geteuid() != 0)
                skip();

        for (size_t i = 0; i < 3; i++) {
                static const char *const below[] = { "", "/systemd", "/systemd/user" };

                snprintf(path, sizeof(path), "%s/.config%s", t->home, below[i]);
                make_directory(t, path, 0757);
        }
        t->doctor.account.uid++;
        t->doctor.caller = 0;
        run(t, doctor_check_unit_files);
        snprintf(command, sizeof(command),
                "find %s/.config -xdev '(' -path %s -o -path '%s/*' ')' -uid %u -execdir chown -h %u:%u ",
                t->home, path, path, t->doctor.account.uid - 1, t->doctor.account.uid,
                t->doctor.account.gid);
        assert_found(t, SEVERITY_ERROR, path, command);
        /* It is not the account's to change the mode of. */
        assert_found(t, SEVERITY_ERROR, "Everybody may write", "namei -l ");

        t->doctor.account.uid--;
        run(t, doctor_check_unit_files);
        assert_found(t, SEVERITY_ERROR, "Everybody may write", "runuser -u svc -- chmod o-w ");
        t->doctor.caller = t->doctor.account.uid;
        run(t, doctor_check_unit_files);
        for (size_t i = 0; i < t->doctor.n_findings; i++)
                assert_true(startswith(strempty(t->doctor.findings[i].command), "chmod o-w "));
}

/* Where the account decides what a path leads to, no command changes what is there. */
static void test_unit_files_behind_link(void **state) {
        Tree *t = *state;
        char link[96], below[96];

        snprintf(link, sizeof(link), "%s/.config", t->home);
        snprintf(below, sizeof(below), "%s/systemd", t->root);
        make_directory(t, below, 0757);
        assert_int_equal(symlink(t->root, link), 0);
        give(t, t->root);
        run(t, doctor_check_unit_files);
        assert_found(t, SEVERITY_ERROR, "Everybody may write", "namei -l ");

        /* Root's, as /etc/systemd is. */
        assert_int_equal(unlink(link), 0);
        assert_int_equal(symlink("/etc", link), 0);
        run(t, doctor_check_unit_files);
        assert_found(t, SEVERITY_WARNING, "belongs to root", "namei -l ");
        for (size_t i = 0; i < t->doctor.n_findings; i++)
                assert_null(strstr(strempty(t->doctor.findings[i].command), "chown"));
}

static void test_linger(void **state) {
        Tree *t = *state;
        char path[128];

        t->doctor.has_units = true;
        run(t, doctor_check_linger);
        assert_false(t->doctor.lingers);
        assert_found(t, SEVERITY_WARNING, "does not linger", "loginctl enable-linger svc");
        t->doctor.has_units = false;
        run(t, doctor_check_linger);
        assert_found(t, SEVERITY_NOTE, "does not linger", NULL);

        write_in(t->linger, "svc", "");
        run(t, doctor_check_linger);
        assert_true(t->doctor.lingers);
        snprintf(path, sizeof(path), "%s/svc", t->linger);
        assert_int_equal(unlink(path), 0);

        strcpy(t->doctor.account.name, "DOM\\j\xc3\xb6rg");
        run(t, doctor_check_linger);
        assert_false(t->doctor.lingers);
        write_in(t->linger, "DOM\\\\j\\303\\266rg", "");
        run(t, doctor_check_linger);
        assert_true(t->doctor.lingers);

        write_in(t->linger, "root", "");
        run(t, doctor_check_strays);
        assert_int_equal(t->doctor.n_findings, 0);
        write_in(t->linger, "no such;account", "");
        run(t, doctor_check_strays);
        snprintf(path, sizeof(path), "rm '%s/no such;account'", t->linger);
        assert_found(t, SEVERITY_WARNING, "there is no such account", path);
}

static void test_pam(void **state) {
        Tree *t = *state;

        /* systemd-user has to be there, the others need not. */
        run(t, doctor_check_pam);
        assert_found(t, SEVERITY_ERROR, "no PAM service \"systemd-user\"", "apt install");
        assert_int_equal(t->doctor.n_findings, 1);

        write_in(t->pam, "systemd-user", "@include common\n session  optional pam_systemd.so\n");
        write_in(t->pam, "sshd", "-session substack common\n");
        write_in(t->pam, "login", "session include common\nsession include login\n");
        write_in(t->pam, "common", "session\toptional\tpam_systemd.so\n");
        run(t, doctor_check_pam);
        assert_well(t);

        write_in(t->pam, "common", "auth optional pam_systemd_home.so\n# session optional pam_systemd.so\n");
        run(t, doctor_check_pam);
        assert_int_equal(t->doctor.n_findings, 2);
        assert_found(t, SEVERITY_WARNING, "\"login\" does not call pam_systemd (the line in ", "/common");
        assert_found(t, SEVERITY_WARNING, "\"sshd\"", "sed -i ");

        write_in(t->pam, "systemd-user", "session optional pam_unix.so\n");
        run(t, doctor_check_pam);
        assert_found(t, SEVERITY_ERROR, "XDG_RUNTIME_DIR", "echo 'session optional pam_systemd.so' >>");
}

static void test_runtime(void **state) {
        Tree *t = *state;

        t->doctor.manager = MANAGER_UP;
        run(t, doctor_check_runtime_directory);
        assert_well(t);
        assert_false(t->doctor.runtime_bad);

        assert_int_equal(chmod(t->own, 0750), 0);
        run(t, doctor_check_runtime_directory);
        assert_found(t, SEVERITY_WARNING, "0750 instead of 0700", "chmod 0700 ");
        assert_int_equal(chmod(t->own, 0777), 0);
        run(t, doctor_check_runtime_directory);
        assert_found(t, SEVERITY_ERROR, "0777 instead of 0700", NULL);

        assert_int_equal(rmdir(t->own), 0);
        run(t, doctor_check_runtime_directory);
        assert_true(t->doctor.runtime_bad);
        assert_found(t, SEVERITY_ERROR, "is gone", "systemctl restart user-runtime-dir@");
        t->doctor.manager = MANAGER_DOWN;
        run(t, doctor_check_runtime_directory);
        assert_well(t);

        write_in(t->runtime, strrchr(t->own, '/') + 1, "");
        run(t, doctor_check_runtime_directory);
        assert_found(t, SEVERITY_ERROR, "is no directory", "rm ");
}

/* A socket of the account. */
static int listen_at(Tree *t, const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        strcpy(address.sun_path, path);
        assert_int_equal(bind(fd, (struct sockaddr *) &address, sizeof(address)), 0);
        give(t, path);
        assert_int_equal(listen(fd, 4), 0);
        return fd;
}

/* At the manager's place. */
static int listen_as_manager(Tree *t, char path[static 128]) {
        snprintf(path, 128, "%s/systemd", t->own);
        make_directory(t, path, 0755);
        snprintf(path, 128, "%s/systemd/private", t->own);
        return listen_at(t, path);
}

static void test_socket(void **state) {
        Tree *t = *state;
        char path[128];
        int fd;

        t->doctor.manager = MANAGER_UP;
        run(t, doctor_check_socket);
        assert_found(t, SEVERITY_ERROR, "with all that was in", "systemctl restart user-runtime-dir@");
        t->doctor.runtime_bad = false;

        fd = listen_as_manager(t, path);
        run(t, doctor_check_socket);
        /* Root's tests listen as root: that is somebody else. */
        if (getuid() == 0)
                assert_found(t, SEVERITY_ERROR, "Somebody else (uid 0)", NULL);
        else
                assert_found(t, SEVERITY_ERROR, "does not answer at ", "systemctl restart user@");

        close(fd);
        run(t, doctor_check_socket);
        assert_found(t, SEVERITY_ERROR, "Connection refused", "RTMIN+25");
        assert_int_equal(unlink(path), 0);
        run(t, doctor_check_socket);
        assert_found(t, SEVERITY_ERROR, "is gone", "RTMIN+25");
        close(listen_at(t, path));
        t->doctor.runtime_bad = true;
        run(t, doctor_check_socket);
        assert_found(t, SEVERITY_ERROR, "Connection refused", "systemctl restart user-runtime-dir@");
        t->doctor.manager = MANAGER_DOWN;
        run(t, doctor_check_socket);
        assert_found(t, SEVERITY_WARNING, "left behind", NULL);
        assert_false(t->doctor.answers);

        /* Who may not see it says so. */
        t->doctor.caller = t->doctor.account.uid + 1;
        run(t, doctor_check_socket);
        assert_well(t);
}

static void test_environment(void **state) {
        Tree *t = *state;
        char own[96];

        unsetenv("DBUS_SESSION_BUS_ADDRESS");
        unsetenv("XDG_RUNTIME_DIR");
        run(t, doctor_check_environment);
        assert_found(t, SEVERITY_NOTE, "No medium found", NULL);

        setenv("XDG_RUNTIME_DIR", t->home, true);
        run(t, doctor_check_environment);
        if (getuid() == 0)
                assert_found(t, SEVERITY_WARNING, "you are uid 0", "export XDG_RUNTIME_DIR=");
        else
                assert_well(t);
        setenv("XDG_RUNTIME_DIR", "/nonexistent", true);
        run(t, doctor_check_environment);
        assert_found(t, SEVERITY_WARNING, "is not there", "export XDG_RUNTIME_DIR=");
        unsetenv("XDG_RUNTIME_DIR");

        setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/run/user/4242/bus", true);
        run(t, doctor_check_environment);
        assert_found(t, SEVERITY_WARNING, "the bus of another account", "export DBUS_SESSION_BUS_ADDRESS=");
        snprintf(own, sizeof(own), "unix:path=%s/%u/bus", t->runtime, getuid());
        setenv("DBUS_SESSION_BUS_ADDRESS", own, true);
        run(t, doctor_check_environment);
        assert_int_equal(t->doctor.n_findings, 0);
        unsetenv("DBUS_SESSION_BUS_ADDRESS");
}

static void test_clock(void **state) {
        struct timespec times[2] = { { .tv_sec = time(NULL) + 86400 }, { .tv_sec = time(NULL) + 86400 } };
        Tree *t = *state;

        run(t, doctor_check_clock);
        assert_well(t);

        t->places.clock[0] = t->mounts;
        assert_int_equal(utimensat(AT_FDCWD, t->mounts, times, 0), 0);
        run(t, doctor_check_clock);
        assert_found(t, SEVERITY_ERROR, "The clock is wrong", "timedatectl");
}

/* Without a bus the checks that need one say nothing of their own, and all come to an end. */
static void test_no_bus(void **state) {
        Tree *t = *state;

        for (size_t i = 1; doctor_check_get(i); i++)
                doctor_check_get(i)->run(&t->doctor);
        assert_int_equal(t->doctor.error, 0);
        assert_false(t->doctor.service_up);
        assert_int_equal(t->doctor.manager, MANAGER_UNKNOWN);
        assert_found(t, SEVERITY_UNKNOWN, "What PID 1 knows", NULL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_table),
                cmocka_unit_test(test_quote),
                cmocka_unit_test(test_unserved),
                cmocka_unit_test_setup_teardown(test_home, setup, teardown),
                cmocka_unit_test_setup_teardown(test_unit_files, setup, teardown),
                cmocka_unit_test_setup_teardown(test_unit_files_of_another, setup, teardown),
                cmocka_unit_test_setup_teardown(test_unit_files_behind_link, setup, teardown),
                cmocka_unit_test_setup_teardown(test_linger, setup, teardown),
                cmocka_unit_test_setup_teardown(test_pam, setup, teardown),
                cmocka_unit_test_setup_teardown(test_runtime, setup, teardown),
                cmocka_unit_test_setup_teardown(test_socket, setup, teardown),
                cmocka_unit_test_setup_teardown(test_environment, setup, teardown),
                cmocka_unit_test_setup_teardown(test_clock, setup, teardown),
                cmocka_unit_test_setup_teardown(test_no_bus, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
