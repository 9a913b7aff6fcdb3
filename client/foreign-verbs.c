/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Verbs of systemctl that there are not here, see foreign-verbs.h. */

#include "client/foreign-verbs.h"

#define MACHINE "that is about the whole machine, not about accounts: type 'systemctl"
#define LEVEL   "the managers of accounts log as their account set it up in user.conf (LogLevel=, LogTarget=)."

#define LOGS "'userunitctl logs [ACCOUNT/]UNIT' shows logs, with the options of journalctl."

static const struct {
        const char *name;
        const char *sentence;
} verbs[] = {
        { "edit",
                "unit files are changed with an editor, by their account; 'userunitctl cat UNIT' shows where they are, "
                "'userunitctl daemon-reload ACCOUNT' has them read." },
        { "link",
                "put the unit file, or a link to it, into the account's ~/.config/systemd/user, then "
                "'userunitctl daemon-reload ACCOUNT'." },
        { "revert",
                "'userunitctl cat UNIT' shows which drop-ins there are; remove them, then 'userunitctl daemon-reload "
                "ACCOUNT'." },
        { "preset-all", "name the units: 'userunitctl preset ACCOUNT/UNIT...'." },
        { "isolate",
                "that stops units nobody named, so nobody was asked about them: stop and start them by name." },
        { "default",
                "'userunitctl start ACCOUNT/default.target' starts what belongs to it and stops nothing." },
        { "rescue", MACHINE " rescue' for it." },
        { "emergency", MACHINE " emergency' for it." },
        { "exit", "'userunitctl manager stop ACCOUNT' stops an account's manager." },
        { "halt", MACHINE " halt' for it." },
        { "poweroff", MACHINE " poweroff' for it." },
        { "reboot", MACHINE " reboot' for it." },
        { "soft-reboot", MACHINE " soft-reboot' for it." },
        { "kexec", MACHINE " kexec' for it." },
        { "suspend", MACHINE " suspend' for it." },
        { "hibernate", MACHINE " hibernate' for it." },
        { "hybrid-sleep", MACHINE " hybrid-sleep' for it." },
        { "suspend-then-hibernate", MACHINE " suspend-then-hibernate' for it." },
        { "sleep", MACHINE " sleep' for it." },
        { "switch-root", MACHINE " switch-root' for it." },
        { "bind",
                "the manager of an account cannot mount into services: write BindPaths= into the unit file." },
        { "mount-image",
                "the manager of an account cannot mount into services: write MountImages= into the unit file." },
        { "list-machines", "'machinectl list' lists containers; 'userunitctl accounts' lists accounts." },
        { "list-automounts", "the managers of accounts have no automount units: there is nothing to list." },
        { "log", LOGS },
        { "journal", LOGS },
        { "journalctl", LOGS },
        { "show-log", LOGS },
        { "log-level", LEVEL },
        { "log-target", LEVEL },
        { "service-log-level",
                "'userunitctl kill -s SIGNAL UNIT' or the service's own settings change how it logs." },
        { "service-log-target",
                "'userunitctl show -p StandardOutput,StandardError UNIT' says where a service logs to." },
        { "service-watchdogs",
                "write WatchdogSec=0 into the unit file of a service that should have none." },
};

const char *foreign_verb_find(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(verbs); i++)
                if (streq(verbs[i].name, name))
                        return verbs[i].sentence;
        return NULL;
}
