/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What most verbs do with their answer when JSON is wanted: one array of flat objects, "account" first.
 */

#include "client/request.h"

/* Runs the request and prints the objects of the array `member` of each account ("units", "unit_files",
 * "links"), or the accounts themselves where it is NULL. Where one object of an account has the member
 * `column` (NULL: none), the others get it as "", as systemctl has it. Returns an exit code. */
int rows_run_json(Client *c, Request *q, const char *member, const char *column);

/* Looks at each object of such an array; used where text is printed. Returns an exit code; 0 goes on all the
 * same. */
typedef int (*RowHandler)(Client *c, Account *account, json_object *row, void *userdata);

/* Makes of an object what is to be printed in its place: *ret is the caller's (json_object_put()), NULL:
 * nothing is. Returns 0 or a negative errno. */
typedef int (*RowShape)(Client *c, json_object *row, void *userdata, json_object **ret);

/* As rows_run_json(), of what `shape` makes of the objects. */
int rows_run_json_shaped(Client *c, Request *q, const char *member, RowShape shape, void *userdata);

/* As rows_run_json(), and `look` sees each object, for an exit code that depends on them. */
int rows_run_json_looking(Client *c, Request *q, const char *member, RowHandler look, void *userdata);
int rows_each(Client *c, Account *account, const char *member, RowHandler handler, void *userdata);

/* An error that stands at a unit's row: says it and returns its exit code. 0 where there is none. `what` is
 * what was being done to it, as in "Failed to WHAT svc-web/app.service: …"; NULL: "svc-web/app.service: …".
 */
int row_report_error(Account *account, json_object *row, const char *what);
