/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Changes to unit files where no manager is there to make them: what EnableUnitFiles() and its like do
 * (org.freedesktop.systemd1(5), systemd.unit(5) "[Install] section options"), done by the account itself.
 * The order of steps, what is a fault and what is passed over are the manager's; a lab test holds the two
 * against each other.
 *
 * First all units are found and judged, then links are made, so a mistake in a name changes nothing. What
 * fails after that leaves what was done before it, as with a manager; `changes` tells.
 */

#include "daemon/worker/disk/preset.h"
#include "daemon/worker/disk/unit-paths.h"
#include "daemon/worker/install/changes.h"

/* What newer managers do otherwise. */
typedef struct InstallDialect {
        bool upholds;      /* UpheldBy= is known */
        bool disable_asks; /* what is disabled is judged first, and whether it has an [Install] is told */
        bool alias_chains; /* an alias of a linked unit leads to the link, and takes the place of a dangling
                              link */
} InstallDialect;

/* As the systemd that is installed. */
InstallDialect install_dialect_detect(void);

/* What stood in the way, in the terms of install_error(). */
typedef struct InstallFault {
        int error; /* negative; 0: none */
        char *path;
        char *source;
} InstallFault;

typedef struct Install {
        const Disk *disk;
        UnitPaths paths;
        InstallDialect dialect;
        const char *config;     /* where links go; one of paths */
        const char *persistent; /* where those go that stay */
        bool force;             /* replace links that are in the way */
        bool lenient;           /* pass over templates that want an instance: presets */
        InstallChanges changes;
        InstallFault fault; /* the first */
} Install;

/* Gets ready for changes that stay or, with `runtime`, are gone with the next boot. Returns 0; -ENOENT where
 * there is no home, or with `runtime` no runtime directory; -ENOMEM. Always to be freed. */
int install_begin(const Disk *disk, bool runtime, Install *ret);
void install_done(Install *in);

/*
 * The verbs. All return 0 with in->changes filled, or a negative errno and then, where there is more to say,
 * in->fault; in->changes has what was done all the same.
 */
int install_enable(Install *in, char *const *units);
int install_disable(Install *in, char *const *units);
int install_reenable(Install *in, char *const *units);
int install_mask(Install *in, char *const *units);
int install_unmask(Install *in, char *const *units);
int install_preset(Install *in, char *const *units, const Presets *presets, const char *mode);
int install_add_dependency(Install *in, char *const *units, const char *target, bool requires);
int install_set_default(Install *in, const char *unit);

/* Puts a failure into words. Returns r. */
int install_error(const Install *in, int r, Error *error);

/* Remembers a fault, unless there is one already; path and source are copied, the latter may be NULL.
 * Returns `error`, or -ENOMEM. */
int install_fault(Install *in, int error, const char *path, const char *source);
