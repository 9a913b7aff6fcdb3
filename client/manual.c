/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What there is to say about each verb, see manual.h. In the order of client/verbs.c. */

#include "client/manual.h"

const char manual_global_options[] =
        "account machine all-accounts host user output quiet no-pager no-ask-password help version";

/* What lists have in common. */
#define LIST "visible full legend no-legend "
/* What everything that may touch several accounts has. */
#define JOB_OPTIONS "no-block job-mode"

#define JOB_PROVE(v, kind, text)                                                                            \
        { v, JOB_OPTIONS " prove timeout no-commands", kind, kind, text }
#define JOB(v, kind, text)                                                                                  \
        { v, JOB_OPTIONS, kind, kind, text }

static const Manual manual_table[] = {
        { "list-units", LIST "plain all type state failed", ARGUMENT_UNIT, ARGUMENT_UNIT,
                "Those that are active, have a job or have failed; with --all also those that are "
                "inactive. Arguments are patterns: 'svc-web/*.timer', 'svc-*/', or 'app*' for one's own. "
                "An account that does not answer in time is named on standard error, the others are "
                "complete, and the exit code is 8." },
        { "list-timers", LIST "all state failed timestamp", ARGUMENT_UNIT_TIMER, ARGUMENT_UNIT_TIMER,
                "The one that elapses next comes first." },
        { "list-sockets", LIST "all state failed show-types", ARGUMENT_UNIT_SOCKET, ARGUMENT_UNIT_SOCKET,
                "Sorted by address, path or name; a socket that listens in several places has a line for "
                "each." },
        { "list-paths", LIST "all state failed", ARGUMENT_UNIT_PATH, ARGUMENT_UNIT_PATH,
                "With the condition that is watched for; sorted by path." },
        { "list-dependencies", "all reverse after before type state plain full visible", ARGUMENT_UNIT,
                ARGUMENT_UNIT,
                "What they require and want, or with --reverse what requires and wants them. Without a "
                "unit: default.target. Only targets are followed unless --all is given." },
        { "list-jobs", LIST "after before", ARGUMENT_UNIT, ARGUMENT_UNIT,
                "With the numbers that cancel takes." },
        { "cancel", "", ARGUMENT_JOB, ARGUMENT_JOB,
                "ACCOUNT/NUMBER is a job of list-jobs. A unit stands for whatever job it has." },
        { "status", "all full lines plain visible type state failed timestamp", ARGUMENT_UNIT, ARGUMENT_UNIT,
                "State, files, resources and processes of units. A number is a process: its account and "
                "unit are found. Without a unit, or for a whole account (svc-web/), how the accounts are, "
                "a line each. The exit code is 3 for a unit that is not active and 4 for one that does not "
                "exist." },
        { "show", "all property value P timestamp", ARGUMENT_UNIT, ARGUMENT_UNIT,
                "NAME=VALUE lines as systemctl show prints them, for programs; without a unit, the "
                "manager's own. Empty properties are left out unless --all is given." },
        { "cat", "", ARGUMENT_UNIT, ARGUMENT_UNIT,
                "As they are on disk, each under its path. Works where the manager is down." },
        { "is-active", "", ARGUMENT_UNIT, ARGUMENT_UNIT,
                "Prints the active state of each unit. The exit code is 0 if one of them is active, else "
                "3, or 4 where no such unit exists." },
        { "is-failed", "", ARGUMENT_UNIT, ARGUMENT_UNIT,
                "Prints the active state of each unit. The exit code is 0 if one of them has failed, else "
                "1." },
        { "logs", "", ARGUMENT_UNIT, ARGUMENT_UNIT,
                "What they wrote, what their manager said about them, and their core dumps; of a whole account (svc-web/) "
                "all of it, and without a unit that of one's own. Options, formats and times are journalctl's: "
                "-f, -n, -S, -U, -p, -g, -b, -o and so on. Lines of several units and accounts are merged by time. The "
                "exit code is 1 where --grep= finds nothing." },
        { "why", "full timestamp", ARGUMENT_UNIT, ARGUMENT_UNIT,
                "How it is now and since when; how it started and ended of late, and why; who did what to it; what "
                "it logged last of errors and at all; whether it starts at the next boot, and what would start it; "
                "what its proofs say. What one may not see is named, and left out." },
        { "watch", "timestamp visible", ARGUMENT_UNIT, ARGUMENT_UNIT,
                "Of all accounts one may see, unless some are named: a line when a unit starts, stops, fails, is "
                "restarted or reloaded, dumps core or runs out of memory, when a manager comes or goes, when lingering "
                "is switched, and when unit files are changed through the service. With -o json an object a line. "
                "Where the stream breaks off it is taken up again without loss or repetition. A command of --exec "
                "runs as whoever watches, without a shell, one after the other; the event is a line of JSON on "
                "its standard input, and its members are in the environment as USERUNIT_EVENT, USERUNIT_ACCOUNT, "
                "USERUNIT_UNIT, USERUNIT_RESULT and so on." },
        { "events", "timestamp visible", ARGUMENT_UNIT, ARGUMENT_UNIT,
                "The same of the past, as far as the journal goes back. Times are those of systemd.time(7)." },
        { "wait", "", ARGUMENT_UNIT, ARGUMENT_UNIT,
                "The exit code is 0 when all of them are in that state; 1 when one of them has failed, or is gone, "
                "and so does not come to it by itself; 4 where there is no such unit; and 124 when the time is up. A "
                "unit is proved when all its proofs pass that can be looked at without running a command: see prove." },
        { "prove", LIST "timeout no-commands", ARGUMENT_UNIT, ARGUMENT_UNIT,
                "A line for each Proof= in the [X-Userunit] sections of their files: what is looked at, whether it "
                "passes, and what was seen. Without a unit, all that are loaded and have some. --timeout= bounds each "
                "proof. Commands are run too, which takes the right to control the unit, unless there is --no-commands. "
                "The exit code is 0 when all pass, 1 when one does not or a unit that was named has none, and 4 when "
                "commands were not run for want of rights." },
        { "whoami", "", ARGUMENT_NONE, ARGUMENT_NONE, "Without a number: oneself." },
        JOB_PROVE("start", ARGUMENT_UNIT_STARTABLE,
                "Says how it failed if it did. Starting what is active already changes nothing."),
        JOB("stop", ARGUMENT_UNIT_ACTIVE, "Waits until they are inactive."),
        JOB_PROVE("restart", ARGUMENT_UNIT, "Those that are not active are started."),
        JOB("try-restart", ARGUMENT_UNIT_ACTIVE, "Those that are not active stay so."),
        JOB("reload", ARGUMENT_UNIT_ACTIVE,
                "Their own configuration, not their unit files: for these there is daemon-reload."),
        JOB_PROVE("reload-or-restart", ARGUMENT_UNIT, "Those that are not active are started."),
        JOB("try-reload-or-restart", ARGUMENT_UNIT_ACTIVE,
                "Reloads those that can and restarts the others; units that are not active stay so."),
        { "kill", "signal kill-whom kill-who", ARGUMENT_UNIT_ACTIVE, ARGUMENT_UNIT_ACTIVE,
                "SIGTERM to all of them, unless --signal= (help: lists them) and --kill-whom= say something else." },
        { "freeze", "", ARGUMENT_UNIT_ACTIVE, ARGUMENT_UNIT_ACTIVE,
                "They stop where they are until thaw, and keep their memory." },
        { "thaw", "", ARGUMENT_UNIT_ACTIVE, ARGUMENT_UNIT_ACTIVE,
                "The processes of units go on where freeze stopped them." },
        { "clean", "what", ARGUMENT_UNIT_STARTABLE, ARGUMENT_UNIT_STARTABLE,
                "What RuntimeDirectory=, StateDirectory= and the like have made, of units that are not "
                "active. What is removed is gone: without --what= only cache and runtime are." },
        { "set-property", "runtime", ARGUMENT_UNIT, ARGUMENT_PROPERTY,
                "Above all resource limits such as MemoryMax=. They stay, in a drop-in of the account; "
                "with --runtime until the next boot." },
        { "reset-failed", "", ARGUMENT_UNIT_FAILED, ARGUMENT_UNIT_FAILED,
                "Also resets the counters of start limits. Without a unit: all units of one's own manager." },
        { "top", LIST "sort delay iterations", ARGUMENT_UNIT, ARGUMENT_UNIT,
                "Sorted by CPU unless --sort= says otherwise. On a terminal it is refreshed until q is "
                "pressed; otherwise one table is printed." },
        { "run", "", ARGUMENT_ACCOUNT, ARGUMENT_COMMAND,
                "It runs in the account's manager, as with systemd-run --user. With --wait it is waited "
                "for, with --pipe it reads and writes what userunitctl does, and either way its exit code "
                "is userunitctl's; a terminal is not passed on: input from one is empty, and output is copied. "
                "With --on-calendar= and the like a timer is made that starts it. It is "
                "as good as a shell as that account. Its options are systemd-run's, and stand behind the "
                "verb." },

        { "list-unit-files", LIST "type state", ARGUMENT_FILE, ARGUMENT_FILE,
                "Those that the account's manager would find, and what the preset says of them. Works "
                "where the manager is down." },
        { "is-enabled", "", ARGUMENT_FILE, ARGUMENT_FILE,
                "Prints the state of each unit file. The exit code is 0 if one of them is enabled, else 1, "
                "or 4 where there is no such file." },
        { "enable", "now runtime force", ARGUMENT_FILE_DISABLED, ARGUMENT_FILE_DISABLED,
                "Makes the links that the [Install] section asks for and says which. The file has to be "
                "where the account's manager looks for it: a path is not taken. Works where the manager is "
                "down." },
        { "disable", "now runtime", ARGUMENT_FILE_ENABLED, ARGUMENT_FILE_ENABLED,
                "Removes all links to the unit files below the account's configuration, and says which. "
                "Works where the manager is down." },
        { "reenable", "now runtime force", ARGUMENT_FILE_INSTALLABLE, ARGUMENT_FILE_INSTALLABLE,
                "All links to them are removed before those are made that the [Install] section asks for "
                "now." },
        { "preset", "runtime force preset-mode", ARGUMENT_FILE_INSTALLABLE, ARGUMENT_FILE_INSTALLABLE,
                "The policy is in the preset files of the host, see systemd.preset(5)." },
        { "mask", "now runtime force", ARGUMENT_FILE_UNMASKED, ARGUMENT_FILE_UNMASKED,
                "They are linked to /dev/null. A file of the same name in the account's own folder stands "
                "in the way of that." },
        { "unmask", "runtime", ARGUMENT_FILE_MASKED, ARGUMENT_FILE_MASKED,
                "Removes the links that mask has made." },
        { "add-wants", "runtime force", ARGUMENT_FILE_TARGET, ARGUMENT_FILE,
                "Links in TARGET.wants, as WantedBy= makes them with enable." },
        { "add-requires", "runtime force", ARGUMENT_FILE_TARGET, ARGUMENT_FILE,
                "Links in TARGET.requires, as RequiredBy= makes them with enable." },
        { "get-default", "", ARGUMENT_ACCOUNT, ARGUMENT_ACCOUNT, "That is what default.target leads to." },
        { "set-default", "", ARGUMENT_FILE_TARGET, ARGUMENT_NONE,
                "Links default.target of the account to the unit. It counts from the manager's next start." },

        { "accounts", LIST "plain", ARGUMENT_ACCOUNT, ARGUMENT_ACCOUNT,
                "Accounts that have a manager running, linger, are logged in or have unit files of their "
                "own. Of those named, also home, shell, slice and sessions." },
        { "linger", LIST "plain", ARGUMENT_ACCOUNT, ARGUMENT_ACCOUNT,
                "An account that lingers has its manager from boot on, and keeps it when its last session "
                "ends." },
        { "enable-linger", "", ARGUMENT_ACCOUNT, ARGUMENT_ACCOUNT,
                "Starts the manager and waits until it answers. Without an account: one's own." },
        { "disable-linger", "", ARGUMENT_ACCOUNT, ARGUMENT_ACCOUNT,
                "Without a session, the manager is stopped at once, with everything in it." },
        { "manager", "full", ARGUMENT_MANAGER_WORD, ARGUMENT_ACCOUNT,
                "That is user@UID.service. stop and restart take everything down that runs in it." },
        { "is-system-running", "", ARGUMENT_ACCOUNT, ARGUMENT_ACCOUNT,
                "running, degraded, starting and so on. The exit code is 0 for running." },
        { "daemon-reload", "", ARGUMENT_ACCOUNT, ARGUMENT_ACCOUNT,
                "After unit files have changed. Generators run again. Nothing is started or stopped." },
        { "daemon-reexec", "", ARGUMENT_ACCOUNT, ARGUMENT_ACCOUNT,
                "After systemd was upgraded. Units keep running." },
        { "show-environment", "", ARGUMENT_ACCOUNT, ARGUMENT_ACCOUNT, "As lines that a shell can read." },
        { "set-environment", "", ARGUMENT_ENVIRONMENT, ARGUMENT_ENVIRONMENT,
                "Of the environment that the manager hands to units: for what is started from now on, "
                "until the manager ends. It is as good as a shell as that account." },
        { "unset-environment", "", ARGUMENT_ENVIRONMENT, ARGUMENT_ENVIRONMENT,
                "Of the environment that the manager hands to units: for what is started from now on, "
                "until the manager ends." },

        { "import-environment", "", ARGUMENT_ENVIRONMENT, ARGUMENT_ENVIRONMENT,
                "Of the environment that the manager hands to units. Name the variables: without a name it "
                "is all of them, and not all are meant for a service." },

        { "history", LIST "timestamp", ARGUMENT_UNIT, ARGUMENT_UNIT,
                "Each request with its verdict and, where it changed something, how that ended and how long it took. "
                "A change that was granted and never ended is \"interrupted\". Reads of the same kind are counted "
                "together. With --follow it goes on with what is yet to come." },
        { "can", "full legend no-legend", ARGUMENT_VERB, ARGUMENT_UNIT,
                "Nothing is done. Alone it lists the polkit actions that are about accounts: one's own and others'. The exit code is 0 for yes and 4 for "
                "the rest." },
        { "doctor", "legend no-legend", ARGUMENT_ACCOUNT, ARGUMENT_ACCOUNT,
                "Looks at the account, its home, its manager, its bus, lingering and the polkit rules. "
                "Each finding comes with the command that mends it, the worst first; what could not be looked at "
                "is \"unknown\"." },
        { "call", "", ARGUMENT_METHOD, ARGUMENT_NONE,
                "JSON are the parameters, from standard input for \"-\". Prints the reply. "
                "org.userunit1(5) has the methods." },
        { "describe", "", ARGUMENT_METHOD, ARGUMENT_NONE,
                "As it says of itself. With -o json the whole contract: parameters, results, errors and "
                "limits." },
        { "version", "", ARGUMENT_NONE, ARGUMENT_NONE,
                "They should be the same after an upgrade; until then a client speaks to a service that is "
                "older or newer." },
        { "help", "", ARGUMENT_VERB, ARGUMENT_NONE, "The same as --help." },
};

const Manual *manual_get(size_t i) {
        return i < ELEMENTSOF(manual_table) ? manual_table + i : NULL;
}

const Manual *manual_find(const char *verb) {
        for (size_t i = 0; i < ELEMENTSOF(manual_table); i++)
                if (streq(manual_table[i].verb, verb))
                        return manual_table + i;
        return NULL;
}

bool manual_lists_option(const char *list, const char *name, char letter) {
        const char spelled[] = { letter, 0 };
        const char *wanted = name ? name : spelled;

        for (const char *p = list; *p; p += *p == ' ') {
                size_t n = strcspn(p, " ");

                if (n > 0 && strlen(wanted) == n && strncmp(p, wanted, n) == 0)
                        return true;
                p += n;
        }
        return false;
}
