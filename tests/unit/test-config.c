/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The configuration file: what it may say, who may have written it, and that what is not understood is
 * refused with its place.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>

#include "common/strv.h"
#include "daemon/config.h"

/* Each test writes its file here. */
static char path[64];

static int setup(void **state) {
        int fd;

        (void) snprintf(path, sizeof(path), "/tmp/test-config-XXXXXX");
        fd = mkstemp(path);
        assert_true(fd >= 0);
        safe_close(fd);
        return 0;
}

static int teardown(void **state) {
        (void) unlink(path);
        return 0;
}

static int load_n(const char *text, size_t n, Config *ret, char **ret_message) {
        _cleanup_fclose_ FILE *f = fopen(path, "we");

        assert_non_null(f);
        assert_int_equal(fwrite(text, 1, n, f), n);
        assert_int_equal(fflush(f), 0);
        return config_load(path, geteuid(), ret, ret_message);
}

static void check_good(const char *text, Config *ret) {
        _cleanup_free_ char *message = NULL;
        int r;

        config_done(ret);
        r = load_n(text, strlen(text), ret, &message);
        if (r < 0)
                print_error("%s\n", strempty(message));
        assert_int_equal(r, 0);
        assert_null(message);
}

/* The text is refused; the message has all of the words, and the output was left alone. */
static void check_bad_n(const char *text, size_t n, int error, const char *place, const char *word) {
        _cleanup_free_ char *message = NULL;
        Config config = CONFIG_NULL;

        assert_int_equal(load_n(text, n, &config, &message), error);
        assert_null(config.accounts);
        assert_non_null(message);
        if (!startswith(message, path) || !strstr(message, place) || !strstr(message, word))
                print_error("%s\n", message);
        assert_non_null(startswith(message, path));
        assert_non_null(strstr(message, place));
        assert_non_null(strstr(message, word));
        assert_null(strpbrk(message, "\n\t\x1b"));
}

static void check_bad(const char *text, const char *place, const char *word) {
        check_bad_n(text, strlen(text), -EBADMSG, place, word);
}

static void check_list(char *const *l, const char *joined) {
        _cleanup_free_ char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);

        assert_non_null(f);
        STRV_FOREACH(s, l)
                (void) fprintf(f, "<%s>", *s);
        (void) fclose(f);
        assert_string_equal(text, joined);
}

static void test_defaults(void **state) {
        _cleanup_(config_done) Config config = CONFIG_NULL, loaded = CONFIG_NULL;
        _cleanup_free_ char *message = NULL;

        assert_int_equal(config_default(&config), 0);
        assert_false(config.read_only);
        check_list(config.accounts, "<*>");
        check_list(config.privileged_groups, "<sudo><wheel><docker><lxd><libvirt><disk><shadow><adm>");

        assert_int_equal(config_load("/nonexistent/userunitd.conf", 0, &loaded, &message), 0);
        check_list(loaded.accounts, "<*>");
        check_list(loaded.privileged_groups, "<sudo><wheel><docker><lxd><libvirt><disk><shadow><adm>");
        assert_null(message);
}

static void test_good(void **state) {
        _cleanup_(config_done) Config config = CONFIG_NULL;

        check_good("", &config);
        check_list(config.accounts, "<*>");
        check_good("# nothing\n\n[Service]\n", &config);
        assert_false(config.read_only);

        check_good("[Service]\nMode=read-only\n", &config);
        assert_true(config.read_only);
        check_good("[Service]\nMode = normal  \n", &config);
        assert_false(config.read_only);

        check_good("[Service]\nAccounts= svc-* ; deploy;;user@realm;DOM\\\\user ;\n", &config);
        check_list(config.accounts, "<svc-*><deploy><user@realm><DOM\\user>");
        check_good("[Service]\nAccounts=deploy", &config);
        check_list(config.accounts, "<deploy>");

        check_good("[Service]\nPrivilegedGroups=wheel;domain\\sadmins\n", &config);
        check_list(config.privileged_groups, "<wheel><domain admins>");
        check_good("[Service]\nPrivilegedGroups=\n", &config);
        check_list(config.privileged_groups, "");
        check_good("[Service]\r\nMode=read-only\r\nAccounts=a;b\r\n", &config);
        check_list(config.accounts, "<a><b>");
        assert_true(config.read_only);
}

static void test_shipped_file(void **state) {
        _cleanup_(config_done) Config config = CONFIG_NULL, initial = CONFIG_NULL;
        _cleanup_free_ char *text = NULL;
        size_t size = 0, lines = 0;
        char line[256];
        FILE *out, *f = fopen(SOURCE_ROOT "/packaging/userunitd.conf", "re");

        /* As it is, and with what is commented out: both are the default. */
        assert_non_null(f);
        out = open_memstream(&text, &size);
        assert_non_null(out);
        while (fgets(line, sizeof(line), f)) {
                bool commented = line[0] == '#' && strchr("MAP", line[1]) && strchr(line, '=');

                lines += commented;
                (void) fputs(commented ? line + 1 : line, out);
        }
        (void) fclose(f);
        (void) fclose(out);
        assert_int_equal(lines, 3);

        assert_int_equal(config_default(&initial), 0);
        check_good(text, &config);
        assert_true(config.read_only == initial.read_only);
        check_list(config.accounts, "<*>");
        assert_int_equal(strv_length(config.privileged_groups), strv_length(initial.privileged_groups));
        STRV_FOREACH(group, initial.privileged_groups)
                assert_true(strv_contains(config.privileged_groups, *group));
}

static void test_bad(void **state) {
        check_bad("[Service]\nmode=read-only\n", ":2:", "\"mode\"");
        check_bad("[Service]\n\n# x\nReadOnly=yes\n", ":4:", "\"ReadOnly\"");
        check_bad("[Service]\nAccounts[de]=x\n", ":2:", "Accounts[de]");
        check_bad("[Service]\nMode=normal\n[Limits]\nX=1\n", ":3:", "[Limits]");
        check_bad("[service]\nMode=normal\n", ":1:", "[service]");
        check_bad("[Service]\nMode=normal\nMode=read-only\n", ":3:", "second");
        check_bad("[Service]\nMode=read-only\n[Service]\n Mode = normal\n", ":4:", "second");
        check_bad("[Service]\nMode=Read-Only\n", ":2:", "Read-Only");
        check_bad("[Service]\nMode=\n", ":2:", "Mode=");
        check_bad("Mode=normal\n", "", "group");
        check_bad("[Service]\nMode\n", "", "Mode");
        check_bad("[Service\nMode=normal\n", "", "[Service");

        check_bad("[Service]\nAccounts=\n", ":2:", "names nothing");
        check_bad("[Service]\nAccounts= ; ;\n", ":2:", "names nothing");
        check_bad("[Service]\nAccounts=svc-web svc-api\n", ":2:", "svc-web svc-api");
        check_bad("[Service]\nAccounts=svc-web,svc-api\n", ":2:", "separated");
        check_bad("[Service]\nAccounts=1101\n", ":2:", "1101");
        check_bad("[Service]\nAccounts=a;svc/web\n", ":2:", "svc/web");
        check_bad("[Service]\nAccounts=-x\n", ":2:", "-x");
        check_bad("[Service]\nAccounts=*/\n", ":2:", "pattern");
        check_bad("[Service]\nAccounts=DOM\\user\n", ":2:", "escape");
        check_bad("[Service]\nAccounts=a\\\n", ":2:", "escape");
        check_bad("[Service]\nAccounts=a\\nb\n", ":2:", "not a name");
        check_bad("[Service]\nPrivilegedGroups=sudo wheel\n", ":2:", "separated");
        check_bad("[Service]\nPrivilegedGroups=su*\n", ":2:", "not a name of a group");
        check_bad("[Service]\nMode=\x1b[31m\n", ":2:", "\\x1b");

        check_bad_n("[Service]\nMode=normal\n\0", 23, -EBADMSG, "", "UTF-8");
        check_bad("[Service]\nAccounts=\xff\n", "", "UTF-8");
}

static void test_trust(void **state) {
        Config config = CONFIG_NULL;
        _cleanup_free_ char *large = calloc(1, CONFIG_SIZE_MAX + 2), *message = NULL;
        struct stat st;

        assert_non_null(large);
        memset(large, '#', CONFIG_SIZE_MAX + 1);
        check_bad_n(large, CONFIG_SIZE_MAX + 1, -EFBIG, "", "bytes");

        assert_int_equal(chmod(path, 0664), 0);
        check_bad_n("", 0, -EPERM, "", "write");
        assert_int_equal(chmod(path, 0646), 0);
        check_bad_n("", 0, -EPERM, "", "write");
        assert_int_equal(chmod(path, 0600), 0);

        /* Not root's and not the one's who is trusted; as root, somebody has to own it. */
        if (geteuid() == 0)
                assert_int_equal(chown(path, 4711, (gid_t) -1), 0);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(config_load(path, st.st_uid + 1, &config, &message), -EPERM);
        assert_non_null(strstr(message, "Belongs to uid"));
        message = (free(message), NULL);

        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkfifo(path, 0600), 0);
        assert_int_equal(config_load(path, geteuid(), &config, &message), -EPERM);
        assert_non_null(strstr(message, "regular"));
        message = (free(message), NULL);

        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(config_load(path, geteuid(), &config, &message), -EPERM);
        assert_int_equal(rmdir(path), 0);
}

static void test_account_allowed(void **state) {
        _cleanup_(config_done) Config config = CONFIG_NULL;

        assert_false(config_account_allowed(&config, "svc-web"));
        assert_int_equal(config_default(&config), 0);
        assert_true(config_account_allowed(&config, "svc-web"));

        check_good("[Service]\nAccounts=svc-*;deploy\n", &config);
        assert_true(config_account_allowed(&config, "svc-web"));
        assert_true(config_account_allowed(&config, "svc-"));
        assert_true(config_account_allowed(&config, "deploy"));
        assert_false(config_account_allowed(&config, "deploy2"));
        assert_false(config_account_allowed(&config, "xsvc-web"));
        assert_false(config_account_allowed(&config, "DEPLOY"));
        assert_false(config_account_allowed(&config, ""));
}

/* The page has a paragraph for each key. */
static void test_manual(void **state) {
        _cleanup_fclose_ FILE *f = fopen(SOURCE_ROOT "/packaging/man/userunitd.conf.5.scd.in", "re");
        char text[65536];
        size_t n;

        assert_non_null(f);
        n = fread(text, 1, sizeof(text) - 1, f);
        text[n] = 0;
        assert_non_null(config_key_name(0));
        for (size_t i = 0; config_key_name(i); i++) {
                char head[64];

                snprintf(head, sizeof(head), "\n*%s=*\n\t", config_key_name(i));
                if (!strstr(text, head))
                        fail_msg("userunitd.conf(5) says nothing of %s=", config_key_name(i));
        }
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_defaults),
                cmocka_unit_test_setup_teardown(test_good, setup, teardown),
                cmocka_unit_test_setup_teardown(test_shipped_file, setup, teardown),
                cmocka_unit_test_setup_teardown(test_bad, setup, teardown),
                cmocka_unit_test_setup_teardown(test_trust, setup, teardown),
                cmocka_unit_test(test_manual),
                cmocka_unit_test_setup_teardown(test_account_allowed, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
