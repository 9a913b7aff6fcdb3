/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The exit codes of userunitctl: systemctl(1)'s own where it has one (they are LSB's), and a few more above
 * them.
 * `run --wait` and `run --pipe` exit with the code of the command instead, or with 255 where a signal ended
 * it.
 */

typedef enum ExitCode {
        EXIT_CODE_OK = 0,
        EXIT_CODE_FAILURE = 1, /* is-failed, is-enabled: "no"; anything without a code of its own */
        EXIT_CODE_INVALID = 2, /* wrong use; systemctl has 1 for most and 2 for LSB's "invalid argument" */
        EXIT_CODE_NOT_ACTIVE = 3,      /* is-active, status: the unit is not active */
        EXIT_CODE_NOT_IMPLEMENTED = 3, /* reload …: a unit that cannot do that; LSB: unimplemented feature */
        EXIT_CODE_NO_SUCH_UNIT =
                4, /* is-active, status: there is no such unit; LSB: unknown or no permission */
        EXIT_CODE_NOT_AUTHORIZED = 4, /* LSB's "insufficient privilege" */
        EXIT_CODE_PROTECTED = 4,      /* start …: the unit refuses it, whoever asks */
        EXIT_CODE_NOT_INSTALLED = 5,  /* start, restart …: there is no such unit */
        EXIT_CODE_NOT_CONFIGURED = 6, /* start …: the unit's file cannot be read */
        EXIT_CODE_NOT_RUNNING = 7,    /* the account's manager is not running */
        EXIT_CODE_INCOMPLETE = 8,     /* the answer is right but a part of it is missing */
        EXIT_CODE_NO_SERVICE = 9,     /* userunitd cannot be reached */
} ExitCode;
