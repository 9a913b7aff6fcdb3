/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How people write which unit of which account they mean: [ACCOUNT/]UNIT, with patterns on both sides.
 *
 *   app  app.service   a unit of one's own account
 *   svc-web/app        a unit of that account
 *   svc-web/           that account as a whole
 *   svc-?/app*.timer   patterns
 *   1101/app           an account by its uid
 *   user@realm/app     an account of a directory service; also DOM\user/app
 *
 * Only the form is judged here. Whether such an account exists, and what its unit part is as a full name
 * (see unit_name_mangle()), is for the caller.
 */

#include <sys/types.h>

#include "common/macro.h"

/* Longest account name, in bytes. */
#define ACCOUNT_NAME_MAX 255

typedef enum AddressFault {
        ADDRESS_OK,
        ADDRESS_EMPTY,       /* nothing, or nothing before the slash */
        ADDRESS_PATH,        /* starts with `/`, `./`, `../` or `~`: a path, never an account */
        ADDRESS_BAD_ACCOUNT, /* not the form of an account name or pattern */
        ADDRESS_BAD_UID,  /* digits that are no usable uid: too large, a leading zero, 65535, 4294967295 */
        ADDRESS_BAD_UNIT, /* unit part with a slash, a control character, invalid UTF-8, or over 255 bytes */
        ADDRESS_UNEXPECTED_UNIT, /* a unit where only an account can stand */
        ADDRESS_OTHER_HOST,      /* -M with a machine that is not this host */
        _ADDRESS_FAULT_MAX,
} AddressFault;

/* Owns its strings. {} is valid, and means one's own account as a whole. */
typedef struct Address {
        char *account; /* as typed (for a uid its digits); NULL: one's own */
        char *unit;    /* as typed; NULL: the whole account */
        bool account_glob;
        bool unit_glob;
        bool has_uid; /* account is a number, here: */
        uid_t uid;
} Address;

void address_done(Address *a);

/* A half-sentence for people ("is a path, not an account"), without the input itself. */
const char *address_fault_to_string(AddressFault fault) _const_;

/* Parses [ACCOUNT/]UNIT. Returns 0, -ENOMEM, or -EINVAL with the reason in *ret_fault (which may be NULL;
 * otherwise it is always written). Nothing else is written on failure. */
int address_parse(const char *s, Address *ret, AddressFault *ret_fault);

/* Parses ACCOUNT or ACCOUNT/, where only an account can stand (--account=, enable-linger,
 * $USERUNIT_ACCOUNT): account is set and unit is NULL. Returns as address_parse(). */
int address_parse_account(const char *s, Address *ret, AddressFault *ret_fault);

/* Parses the argument of -M/--machine=, which systemctl writes NAME@ or NAME@.host; "@.host" is one's own
 * account, and of "user@realm@" the last `@` counts. A bare name would be a container: ADDRESS_OTHER_HOST,
 * as is any other host. The result is that of address_parse_account(), patterns included. Returns as
 * address_parse(). */
int address_parse_machine(const char *s, Address *ret, AddressFault *ret_fault);

/* Whether a string has the form of one account's name: 1 to 255 bytes of valid UTF-8 without control
 * characters, `/`,
 * `:`, pattern characters (`*`, `?`, `[`) or white space at either end, not starting with `-` or `~`, not
 * "." or "..", and not only digits (which would be a uid). Real systems allow less; this decides what may be
 * looked up at all. */
bool account_name_is_valid(const char *s) _pure_;

/* Parses a uid as printed: decimal, no sign, no leading zero, and neither 65535 nor 4294967295, which kernel
 * interfaces take for "none". Returns 0, or -EINVAL. 0 is root: a caller who does not want it says so
 * itself. */
int uid_parse(const char *s, uid_t *ret);
