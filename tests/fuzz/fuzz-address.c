/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Addresses: what is accepted can be put together again, holds nothing that was promised to be refused, and
 * its pattern matching ends.
 */

#include "common/address.h"
#include "common/pattern.h"
#include "common/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool b) {
        if (!b)
                abort();
}

static void check_part(const char *s, bool is_glob) {
        size_t n = strlen(s);

        check(n >= 1 && n <= ACCOUNT_NAME_MAX && utf8_is_valid(s, n) && !strchr(s, '/'));
        check(is_glob == pattern_is_glob(s));
        for (size_t i = 0; i < n; i++)
                check((unsigned char) s[i] >= 0x20 && s[i] != 0x7F);
        check(pattern_match("*", s));
        check(is_glob || pattern_match(s, s));
        (void) pattern_match(s, "svc-web-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
}

static void check_address(const char *s, const Address *a) {
        check(s[0] != '/' && s[0] != '~');

        if (a->account) {
                check_part(a->account, a->account_glob);
                check(a->account[0] != '-' && !strchr(a->account, ':'));
                check(!streq(a->account, ".") && !streq(a->account, ".."));
                check(a->has_uid || a->account_glob || account_name_is_valid(a->account));
                check(!a->has_uid || (a->uid != UINT16_MAX && a->uid != UINT32_MAX));
        } else
                check(!a->account_glob && !a->has_uid);

        if (a->unit)
                check_part(a->unit, a->unit_glob);
        else
                check(!a->unit_glob);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(address_done) Address a = {}, account = {}, machine = {};
        _cleanup_free_ char *s = NULL, *whole = NULL;
        AddressFault fault;

        s = strndup((const char *) data, size);
        check(s);

        if (address_parse(s, &a, &fault) == 0) {
                check_address(s, &a);
                check(asprintf(&whole, "%s%s%s", strempty(a.account), a.account ? "/" : "",
                              strempty(a.unit)) >= 0);
                check(streq(whole, s));
        } else
                check(fault > ADDRESS_OK && fault < _ADDRESS_FAULT_MAX);

        if (address_parse_account(s, &account, &fault) == 0) {
                check(account.account && !account.unit);
                check_address(s, &account);
        } else
                check(fault > ADDRESS_OK && fault < _ADDRESS_FAULT_MAX);

        if (address_parse_machine(s, &machine, &fault) == 0) {
                check(!machine.unit && strchr(s, '@'));
                check_address(s, &machine);
        } else
                check(fault > ADDRESS_OK && fault < _ADDRESS_FAULT_MAX);

        return 0;
}
