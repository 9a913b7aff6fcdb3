/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a person typed, see target.h. */

#include "client/target.h"

#include "common/address.h"
#include "common/escape.h"
#include "common/pattern.h"
#include "common/strv.h"
#include "common/unit-name.h"

static int refuse(Error *error, const char *given, AddressFault fault) {
        /* In a message a line's end is left as it is; in a name it would make a line of its own. */
        _cleanup_free_ char *argument = escape_terminal(given);

        if (!argument)
                return -ENOMEM;
        if (fault == ADDRESS_PATH)
                return error_set(error, ERROR_INVALID_REQUEST,
                        "'%s' is a path; units are named, as in ACCOUNT/UNIT or UNIT.", argument);
        if (fault == ADDRESS_UNEXPECTED_UNIT)
                return error_set(error, ERROR_INVALID_REQUEST,
                        "'%s' names a unit where only an account can stand.", argument);
        return error_set(error, ERROR_INVALID_REQUEST, "'%s' %s.", argument, address_fault_to_string(fault));
}

static int parse_argument(const char *argument, unsigned flags, Address *ret, Error *error) {
        AddressFault fault;
        int r;

        r = flags & TARGET_ACCOUNTS ? address_parse_account(argument, ret, &fault)
                                    : address_parse(argument, ret, &fault);
        return r == -EINVAL ? refuse(error, argument, fault) : r;
}

/* The type of a unit that is named without one. */
static const char *default_suffix(unsigned flags) {
        return flags & TARGET_TIMERS     ? ".timer"
                : flags & TARGET_SOCKETS ? ".socket"
                : flags & TARGET_PATHS   ? ".path"
                                         : ".service";
}

/* The unit as its full name; a whole account is all of its units where patterns can stand. */
static int full_unit(const char *argument, const Address *a, unsigned flags, char **ret, Error *error) {
        char *unit;
        int r;

        if (!a->unit) {
                if (!(flags & (TARGET_PATTERNS | TARGET_DEFAULT)))
                        return error_set(error, ERROR_INVALID_REQUEST,
                                "'%s' is a whole account; say which of its units, as in %s/UNIT.", argument,
                                strempty(a->account));
                unit = strdup(flags & TARGET_DEFAULT ? "default.target" : "*");
                if (!unit)
                        return -ENOMEM;
                *ret = unit;
                return 0;
        }

        r = unit_name_mangle(a->unit, default_suffix(flags), UNIT_NAME_MANGLE_GLOB, ret);
        if (r == -EINVAL) {
                _cleanup_free_ char *name = escape_terminal(a->unit);

                return error_set(error, ERROR_INVALID_REQUEST, "'%s' is no name of a unit.", strempty(name));
        }
        return r;
}

static int default_address(const Options *o, Address *ret) {
        if (o->all_accounts)
                return address_parse_account("*", ret, NULL);
        if (o->account)
                return address_parse_account(o->account, ret, NULL);
        *ret = (Address){};
        return 0;
}

/* What all arguments have in common, and what the loop over them keeps. */
typedef struct Collection {
        Address *addresses;
        size_t n;
        bool same_account;
        bool all_whole;
        bool wide;
} Collection;

static void collection_done(Collection *c) {
        for (size_t i = 0; i < c->n; i++)
                address_done(c->addresses + i);
        free(c->addresses);
}

static int collect(const Options *o, char *const *arguments, unsigned flags, Collection *c, Error *error) {
        int r;

        c->addresses = calloc(MAX(strv_length(arguments), 1U), sizeof(Address));
        if (!c->addresses)
                return -ENOMEM;
        c->same_account = c->all_whole = true;

        STRV_FOREACH(argument, arguments) {
                Address *a = c->addresses + c->n;

                r = parse_argument(*argument, flags, a, error);
                if (r < 0)
                        return r;
                c->n++;

                if (a->account && o->all_accounts)
                        return error_set(error, ERROR_INVALID_REQUEST,
                                "'%s' names an account, which contradicts --all-accounts.", *argument);
                if (!a->account) {
                        char *unit = TAKE_PTR(a->unit);
                        bool glob = a->unit_glob;

                        r = default_address(o, a);
                        a->unit = unit;
                        a->unit_glob = glob;
                        if (r < 0)
                                return r;
                }

                c->same_account = c->same_account && streq_ptr(a->account, c->addresses[0].account);
                c->all_whole = c->all_whole && !a->unit;
                c->wide = c->wide || a->account_glob;
        }

        if (c->n == 0) {
                r = default_address(o, c->addresses);
                if (r < 0)
                        return r;
                c->wide = c->addresses[0].account_glob;
                c->n = 1;
        }
        c->wide = c->wide || !c->same_account;
        return 0;
}

static int add_target(Parameters *p, const Address *a, const char *unit) {
        char *text;
        int n;

        n = a->account ? asprintf(&text, "%s/%s", a->account, unit)
                       : asprintf(&text, "%u/%s", getuid(), unit);
        return n < 0 ? -ENOMEM : strv_consume(&p->targets, text);
}

static int add_account(Parameters *p, const Address *a) {
        char own[16];

        snprintf(own, sizeof(own), "%u", getuid());
        return strv_extend(&p->accounts, a->account ? a->account : own);
}

int target_parse(const Options *o, char *const *arguments, unsigned flags, Parameters *parameters,
        bool *ret_wide, Error *error) {
        _cleanup_(collection_done) Collection c = {};
        int r;

        r = collect(o, arguments, flags, &c, error);
        if (r < 0)
                return r;

        if (c.same_account && c.addresses[0].account) {
                r = add_account(parameters, c.addresses);
                if (r < 0)
                        return r;
        }

        for (size_t i = 0; i < c.n && (arguments && *arguments); i++) {
                const Address *a = c.addresses + i;
                _cleanup_free_ char *unit = NULL;

                if (flags & TARGET_ACCOUNTS || (c.all_whole && flags & TARGET_PATTERNS)) {
                        /* Only accounts were named. */
                        r = c.same_account ? 0 : add_account(parameters, a);
                        if (r < 0)
                                return r;
                        continue;
                }

                r = full_unit(arguments[i], a, flags, &unit, error);
                if (r < 0)
                        return r;
                r = c.same_account ? strv_extend(&parameters->units, unit) : add_target(parameters, a, unit);
                if (r < 0)
                        return r;
        }

        *ret_wide = c.wide;
        return 0;
}
