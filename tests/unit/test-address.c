/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * [ACCOUNT/]UNIT and its relatives.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/address.h"
#include "tests/unit/failing-alloc.h"

typedef int (*Parser)(const char *, Address *, AddressFault *);

typedef struct Case {
        const char *text;
        AddressFault fault;
        const char *account, *unit;
        bool account_glob, unit_glob, has_uid;
        uid_t uid;
} Case;

#define L64  "llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll"
#define L255 L64 L64 L64 "lllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll"

static const Case addresses[] = {
        { "app", ADDRESS_OK, NULL, "app" },
        { "app.service", ADDRESS_OK, NULL, "app.service" },
        { "app@1", ADDRESS_OK, NULL, "app@1" },
        { "*.timer", ADDRESS_OK, NULL, "*.timer", .unit_glob = true },
        { "1101", ADDRESS_OK, NULL, "1101" },
        { "svc-web/app.service", ADDRESS_OK, "svc-web", "app.service" },
        { "svc-web/app", ADDRESS_OK, "svc-web", "app" },
        { "svc-web/", ADDRESS_OK, "svc-web" },
        { "svc-*/*.timer", ADDRESS_OK, "svc-*", "*.timer", .account_glob = true, .unit_glob = true },
        { "svc-?/app", ADDRESS_OK, "svc-?", "app", .account_glob = true },
        { "svc[12]/", ADDRESS_OK, "svc[12]", NULL, .account_glob = true },
        { "*/", ADDRESS_OK, "*", NULL, .account_glob = true },
        { "*/*", ADDRESS_OK, "*", "*", .account_glob = true, .unit_glob = true },
        { "1101/app", ADDRESS_OK, "1101", "app", .has_uid = true, .uid = 1101 },
        { "0/app", ADDRESS_OK, "0", "app", .has_uid = true },
        { "4294967294/", ADDRESS_OK, "4294967294", NULL, .has_uid = true, .uid = 4294967294 },
        { "2147483648/", ADDRESS_OK, "2147483648", NULL, .has_uid = true, .uid = 2147483648 },
        { "65534/", ADDRESS_OK, "65534", NULL, .has_uid = true, .uid = 65534 },
        { "110*/", ADDRESS_OK, "110*", NULL, .account_glob = true },
        { "user@realm/app", ADDRESS_OK, "user@realm", "app" },
        { "DOM\\user/app", ADDRESS_OK, "DOM\\user", "app" },
        { "first last/app", ADDRESS_OK, "first last", "app" },
        { "J\xC3\xBCrgen/app", ADDRESS_OK, "J\xC3\xBCrgen", "app" },
        { "machine$/app", ADDRESS_OK, "machine$", "app" },
        { "1a/app", ADDRESS_OK, "1a", "app" },
        { ".svc/app", ADDRESS_OK, ".svc", "app" },
        { "..svc/app", ADDRESS_OK, "..svc", "app" },
        { "svc/-.slice", ADDRESS_OK, "svc", "-.slice" },
        { L255 "/" L255, ADDRESS_OK, L255, L255 },
        { NULL, ADDRESS_EMPTY },
        { "", ADDRESS_EMPTY },
        { "/", ADDRESS_PATH },
        { "/app", ADDRESS_PATH },
        { "/etc/passwd", ADDRESS_PATH },
        { "//app", ADDRESS_PATH },
        { "./app", ADDRESS_PATH },
        { "../app", ADDRESS_PATH },
        { "./", ADDRESS_PATH },
        { "../../x", ADDRESS_PATH },
        { "~", ADDRESS_PATH },
        { "~/app", ADDRESS_PATH },
        { "~svc/app", ADDRESS_PATH },
        { "-svc/app", ADDRESS_BAD_ACCOUNT },
        { "--help/", ADDRESS_BAD_ACCOUNT },
        { "a:b/app", ADDRESS_BAD_ACCOUNT },
        { " svc/app", ADDRESS_BAD_ACCOUNT },
        { "svc /app", ADDRESS_BAD_ACCOUNT },
        { " /app", ADDRESS_BAD_ACCOUNT },
        { "s\tvc/app", ADDRESS_BAD_ACCOUNT },
        { "svc\n/app", ADDRESS_BAD_ACCOUNT },
        { "s\x1B[m/app", ADDRESS_BAD_ACCOUNT },
        { "s\x7F/app", ADDRESS_BAD_ACCOUNT },
        { "s\xC2\x85/app", ADDRESS_BAD_ACCOUNT },
        { "s\xFF/app", ADDRESS_BAD_ACCOUNT },
        { L255 "l/app", ADDRESS_BAD_ACCOUNT },
        { "4294967295/app", ADDRESS_BAD_UID },
        { "65535/app", ADDRESS_BAD_UID },
        { "4294967296/app", ADDRESS_BAD_UID },
        { "18446744073709551617/app", ADDRESS_BAD_UID },
        { "99999999999999999999999999999999/app", ADDRESS_BAD_UID },
        { "007/app", ADDRESS_BAD_UID },
        { "00/app", ADDRESS_BAD_UID },
        { "-1/app", ADDRESS_BAD_ACCOUNT },
        { "svc/app/x", ADDRESS_BAD_UNIT },
        { "svc//", ADDRESS_BAD_UNIT },
        { "svc//app", ADDRESS_BAD_UNIT },
        { "svc/../x", ADDRESS_BAD_UNIT },
        { "svc/a\nb", ADDRESS_BAD_UNIT },
        { "a\nb", ADDRESS_BAD_UNIT },
        { "svc/\xFF", ADDRESS_BAD_UNIT },
        { "svc/" L255 "l", ADDRESS_BAD_UNIT },
};

static const Case accounts[] = {
        { "svc-web", ADDRESS_OK, "svc-web" },
        { "svc-web/", ADDRESS_OK, "svc-web" },
        { "1101", ADDRESS_OK, "1101", .has_uid = true, .uid = 1101 },
        { "1101/", ADDRESS_OK, "1101", .has_uid = true, .uid = 1101 },
        { "svc-*", ADDRESS_OK, "svc-*", .account_glob = true },
        { "user@realm", ADDRESS_OK, "user@realm" },
        { "svc-web/app", ADDRESS_UNEXPECTED_UNIT },
        { "svc-web//", ADDRESS_UNEXPECTED_UNIT },
        { "", ADDRESS_EMPTY },
        { NULL, ADDRESS_EMPTY },
        { "/", ADDRESS_PATH },
        { "~svc", ADDRESS_PATH },
        { "../svc", ADDRESS_PATH },
        { ".", ADDRESS_BAD_ACCOUNT },
        { "..", ADDRESS_BAD_ACCOUNT },
        { "-svc", ADDRESS_BAD_ACCOUNT },
        { "65535", ADDRESS_BAD_UID },
};

static const Case machines[] = {
        { "svc-web@", ADDRESS_OK, "svc-web" },
        { "svc-web@.host", ADDRESS_OK, "svc-web" },
        { "@.host", ADDRESS_OK },
        { "1101@", ADDRESS_OK, "1101", .has_uid = true, .uid = 1101 },
        { "user@realm@", ADDRESS_OK, "user@realm" },
        { "user@realm@.host", ADDRESS_OK, "user@realm" },
        { "svc-*@", ADDRESS_OK, "svc-*", .account_glob = true },
        { "svc-web", ADDRESS_OTHER_HOST },
        { ".host", ADDRESS_OTHER_HOST },
        { "svc-web@box", ADDRESS_OTHER_HOST },
        { "svc-web@.hosts", ADDRESS_OTHER_HOST },
        { "svc-web@localhost", ADDRESS_OTHER_HOST },
        { "user@realm", ADDRESS_OTHER_HOST },
        { "@box", ADDRESS_OTHER_HOST },
        { "@", ADDRESS_EMPTY },
        { "", ADDRESS_EMPTY },
        { NULL, ADDRESS_EMPTY },
        { "/x@", ADDRESS_PATH },
        { "a/b@", ADDRESS_BAD_ACCOUNT },
        { "-a@", ADDRESS_BAD_ACCOUNT },
        { "65535@", ADDRESS_BAD_UID },
};

static void check(Parser parse, const Case *cases, size_t n) {
        for (size_t i = 0; i < n; i++) {
                _cleanup_(address_done) Address a = {};
                const Case *c = &cases[i];
                AddressFault fault = _ADDRESS_FAULT_MAX;
                int r;

                r = parse(c->text, &a, &fault);
                if (r != (c->fault == ADDRESS_OK ? 0 : -EINVAL) || fault != c->fault)
                        fail_msg("'%s': %i, %s", strempty(c->text), r, address_fault_to_string(fault));
                if (!streq_ptr(a.account, c->account) || !streq_ptr(a.unit, c->unit) ||
                        a.account_glob != c->account_glob || a.unit_glob != c->unit_glob ||
                        a.has_uid != c->has_uid || a.uid != c->uid)
                        fail_msg("'%s': account '%s' unit '%s'", c->text, strempty(a.account),
                                strempty(a.unit));

                address_done(&a);
                assert_int_equal(parse(c->text, &a, NULL), r);
        }
}

static void test_addresses(void **state) {
        check(address_parse, addresses, ELEMENTSOF(addresses));
}

static void test_accounts(void **state) {
        check(address_parse_account, accounts, ELEMENTSOF(accounts));
}

static void test_machines(void **state) {
        check(address_parse_machine, machines, ELEMENTSOF(machines));
}

static void test_account_name(void **state) {
        static const char *const refused[] = { "", ".", "..", "a/b", "a:b", "-a", "~a", " a", "a ", "a\n",
                "1101", "0", "a*", "[a]", "a?", "\xFF", "\xC2\x9B", L255 "l" };
        static const char *const fine[] = { "a", "svc-web", "_apt", "systemd-network", "user@realm",
                "DOM\\user", "a b", "\xC3\xA9", ".a", "a.", "1a", "a]", L255 };

        for (size_t i = 0; i < ELEMENTSOF(refused); i++)
                if (account_name_is_valid(refused[i]))
                        fail_msg("'%s'", refused[i]);
        for (size_t i = 0; i < ELEMENTSOF(fine); i++)
                if (!account_name_is_valid(fine[i]))
                        fail_msg("'%s'", fine[i]);
}

static void test_uid(void **state) {
        static const char *const refused[] = { "", "-1", "+1", " 1", "1 ", "0x1", "01", "1a", "65535",
                "4294967295", "4294967296", "18446744073709551616", "\xD9\xA1" };
        uid_t uid = 7;

        for (size_t i = 0; i < ELEMENTSOF(refused); i++)
                assert_int_equal(uid_parse(refused[i], &uid), -EINVAL);
        assert_int_equal(uid, 7);
        assert_int_equal(uid_parse("0", &uid), 0);
        assert_int_equal(uid, 0);
        assert_int_equal(uid_parse("4294967294", &uid), 0);
        assert_int_equal(uid, 4294967294);
}

static void test_faults_have_words(void **state) {
        for (AddressFault i = 0; i < _ADDRESS_FAULT_MAX; i++)
                for (AddressFault k = 0; k < i; k++)
                        assert_string_not_equal(address_fault_to_string(i), address_fault_to_string(k));
}

static void test_allocation_failures(void **state) {
        _cleanup_(address_done) Address a = {};
        size_t count;
        int r;

        FOR_EACH_FAILURE(count, r, r = address_parse("svc/app", &a, NULL));
        assert_int_equal(count, 2);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_addresses),
                cmocka_unit_test(test_accounts),
                cmocka_unit_test(test_machines),
                cmocka_unit_test(test_account_name),
                cmocka_unit_test(test_uid),
                cmocka_unit_test(test_faults_have_words),
                cmocka_unit_test(test_allocation_failures),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
