/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Proofs that the worker itself looks at: files.
 *
 * Nothing is opened for reading, so a FIFO, a device or a file in use costs nothing. A file system that does
 * not answer holds the worker up until the daemon kills it, which is the reason to look before the request
 * begins to wait.
 */

#include "daemon/worker/proof/proof.h"

/* Decides a proof of a file; returns false where only a process of the account itself can tell, for the
 * worker has its own of that place (/tmp and the like). */
bool proof_look_file(const Disk *disk, Proof *proof);
