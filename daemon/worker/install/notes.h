/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What a change to unit files does not achieve, and people take it to: systemctl's own warnings, each as one
 * line among the notes of a change.
 */

#include "daemon/worker/install/changes.h"
#include "daemon/worker/worker.h"

/* Units that are masked or unmasked without being there. With a manager this is its word. */
int install_note_missing(
        Worker *worker, const Request *request, bool online, InstallChanges *changes, Error *error);

/* Units that were disabled and are still enabled for every account. */
int install_note_shared(Worker *worker, const Request *request, InstallChanges *changes, Error *error);

/* Units that were disabled or masked and will be started by others that are active: asks the manager. */
int install_note_triggers(Worker *worker, const Request *request, InstallChanges *changes, Error *error);

/* Units that were masked until the next boot only, by a link that stands behind a file of theirs. */
int install_note_ineffective(Worker *worker, const Request *request, InstallChanges *changes, Error *error);

/* A mask is refused where the unit's own file has its place: adds to the error what can be done instead. */
void install_explain_mask(Worker *worker, const Request *request, Error *error);
