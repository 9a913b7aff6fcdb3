/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * [ACCOUNT/]UNIT, see the header.
 */

#include "common/address.h"
#include "common/pattern.h"
#include "common/utf8.h"

void address_done(Address *a) {
        free(a->account);
        free(a->unit);
        *a = (Address){};
}

const char *address_fault_to_string(AddressFault fault) {
        switch (fault) {
        case ADDRESS_OK:
                return "is fine";
        case ADDRESS_EMPTY:
                return "names nothing";
        case ADDRESS_PATH:
                return "is a path, not an account or a unit";
        case ADDRESS_BAD_ACCOUNT:
                return "is not the name of an account";
        case ADDRESS_BAD_UID:
                return "is not a usable uid";
        case ADDRESS_BAD_UNIT:
                return "is not the name of a unit";
        case ADDRESS_UNEXPECTED_UNIT:
                return "names a unit where only an account can stand";
        case ADDRESS_OTHER_HOST:
                return "is on another host or in a container: only ACCOUNT@ or ACCOUNT@.host is possible here";
        case _ADDRESS_FAULT_MAX:
                break;
        }

        return "is not an address";
}

static bool only_digits(const char *s) {
        return *s && s[strspn(s, "0123456789")] == '\0';
}

int uid_parse(const char *s, uid_t *ret) {
        uint64_t v = 0;

        if (!only_digits(s) || (s[0] == '0' && s[1] != '\0'))
                return -EINVAL;

        for (; *s; s++) {
                v = v * 10 + (uint64_t) (*s - '0');
                if (v > UINT32_MAX)
                        return -EINVAL;
        }
        if (v == UINT16_MAX || v == UINT32_MAX)
                return -EINVAL;

        *ret = (uid_t) v;
        return 0;
}

static bool is_white(char c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

/* The form of an account's name or of a pattern for such names. */
static bool account_is_plausible(const char *s) {
        if (!pattern_is_valid(s)) /* length, UTF-8, controls, slash */
                return false;
        if (s[0] == '-' || s[0] == '~' || strchr(s, ':') || streq(s, ".") || streq(s, ".."))
                return false;
        return !is_white(s[0]) && !is_white(s[strlen(s) - 1]);
}

bool account_name_is_valid(const char *s) {
        return account_is_plausible(s) && !pattern_is_glob(s) && !only_digits(s);
}

static bool is_path(const char *s) {
        return s[0] == '/' || s[0] == '~' || startswith(s, "./") || startswith(s, "../");
}

static int fail(AddressFault fault, AddressFault *ret_fault) {
        if (ret_fault)
                *ret_fault = fault;
        return -EINVAL;
}

/* Fills the account half from the n bytes at s. */
static int parse_account(const char *s, size_t n, Address *a, AddressFault *ret_fault) {
        if (n == 0)
                return fail(ADDRESS_EMPTY, ret_fault);

        a->account = strndup(s, n);
        if (!a->account)
                return -ENOMEM;

        if (only_digits(a->account)) {
                if (uid_parse(a->account, &a->uid) < 0)
                        return fail(ADDRESS_BAD_UID, ret_fault);
                a->has_uid = true;
                return 0;
        }

        if (!account_is_plausible(a->account))
                return fail(ADDRESS_BAD_ACCOUNT, ret_fault);

        a->account_glob = pattern_is_glob(a->account);
        return 0;
}

static int parse_unit(const char *s, Address *a, AddressFault *ret_fault) {
        if (!pattern_is_valid(s))
                return fail(ADDRESS_BAD_UNIT, ret_fault);

        a->unit = strdup(s);
        if (!a->unit)
                return -ENOMEM;

        a->unit_glob = pattern_is_glob(s);
        return 0;
}

int address_parse(const char *s, Address *ret, AddressFault *ret_fault) {
        _cleanup_(address_done) Address a = {};
        const char *slash;
        int r = 0;

        if (isempty(s))
                return fail(ADDRESS_EMPTY, ret_fault);
        if (is_path(s))
                return fail(ADDRESS_PATH, ret_fault);

        slash = strchr(s, '/');
        if (slash) {
                r = parse_account(s, (size_t) (slash - s), &a, ret_fault);
                if (r < 0)
                        return r;
                s = slash + 1;
        }

        if (!slash || *s) {
                r = parse_unit(s, &a, ret_fault);
                if (r < 0)
                        return r;
        }

        *ret = TAKE_GENERIC(a, Address, (Address){});
        if (ret_fault)
                *ret_fault = ADDRESS_OK;
        return 0;
}

int address_parse_account(const char *s, Address *ret, AddressFault *ret_fault) {
        _cleanup_(address_done) Address a = {};
        size_t n;
        int r;

        if (isempty(s))
                return fail(ADDRESS_EMPTY, ret_fault);
        if (is_path(s))
                return fail(ADDRESS_PATH, ret_fault);

        n = strcspn(s, "/");
        if (s[n] == '/' && s[n + 1] != '\0')
                return fail(ADDRESS_UNEXPECTED_UNIT, ret_fault);

        r = parse_account(s, n, &a, ret_fault);
        if (r < 0)
                return r;

        *ret = TAKE_GENERIC(a, Address, (Address){});
        if (ret_fault)
                *ret_fault = ADDRESS_OK;
        return 0;
}

int address_parse_machine(const char *s, Address *ret, AddressFault *ret_fault) {
        _cleanup_(address_done) Address a = {};
        const char *at;
        int r;

        if (isempty(s))
                return fail(ADDRESS_EMPTY, ret_fault);

        at = strrchr(s, '@');
        if (!at || !(at[1] == '\0' || streq(at + 1, ".host")))
                return fail(ADDRESS_OTHER_HOST, ret_fault);
        if (at == s && at[1] == '\0')
                return fail(ADDRESS_EMPTY, ret_fault);
        if (is_path(s))
                return fail(ADDRESS_PATH, ret_fault);

        if (at > s) { /* "@.host" is one's own */
                r = parse_account(s, (size_t) (at - s), &a, ret_fault);
                if (r < 0)
                        return r;
        }

        *ret = TAKE_GENERIC(a, Address, (Address){});
        if (ret_fault)
                *ret_fault = ADDRESS_OK;
        return 0;
}
