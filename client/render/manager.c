/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A manager as a whole, see manager.h. */

#include "client/render/manager.h"

#include <inttypes.h>

#include "client/render/account.h"
#include "client/render/process.h"
#include "client/reply.h"
#include "client/terminal/text.h"

#define TITLE "%9s: "
#define BLANK "           "

static Color state_of_manager_color(const char *state) {
        if (streq_ptr(state, "running"))
                return COLOR_GREEN;
        return streq_ptr(state, "degraded") ? COLOR_RED : COLOR_YELLOW;
}

static void print_counts(const Terminal *t, json_object *o) {
        uint64_t loaded = reply_u64(o, "units_loaded", UINT64_MAX), jobs = reply_u64(o, "jobs", UINT64_MAX),
                 failed = reply_u64(o, "units_failed", UINT64_MAX);

        if (loaded != UINT64_MAX)
                printf(TITLE "%" PRIu64 " loaded (incl. loaded aliases)\n", "Units", loaded);
        if (jobs != UINT64_MAX)
                printf(TITLE "%" PRIu64 " queued\n", "Jobs", jobs);
        if (failed != UINT64_MAX)
                printf(TITLE "%s%" PRIu64 " units%s\n", "Failed",
                        failed > 0 ? terminal_color(t, COLOR_RED) : "", failed,
                        failed > 0 ? terminal_normal(t) : "");
}

int manager_print(Client *c, Account *account, void *userdata) {
        json_object *o = account->object, *processes = reply_array(o, "processes");
        const char *state = reply_string(o, "system_state") ?: account_manager_word(o),
                   *version = reply_string(o, "manager_version"), *tainted = reply_string(o, "tainted"),
                   *cgroup = reply_string(o, "control_group");
        uint64_t started = reply_u64(o, "started", 0);
        const char *color = terminal_color(&c->terminal, state_of_manager_color(state)),
                   *normal = terminal_normal(&c->terminal);
        char when[TEXT_MAX], ago[TEXT_MAX];
        size_t *n = userdata;

        printf("%s%s%s%s %s\n", (*n)++ > 0 ? "\n" : "", color,
                terminal_glyph(&c->terminal, streq_ptr(state, "offline") ? GLYPH_RING : GLYPH_DOT), normal,
                account->name);
        printf(TITLE "%s%s%s\n", "State", color, strempty(state), normal);
        print_counts(&c->terminal, o);
        if (started > 0)
                printf(TITLE "%s; %s\n", "Since", text_timestamp(when, started),
                        text_relative(ago, started, text_now()));
        if (version)
                printf(TITLE "%s\n", "systemd", version);
        if (tainted)
                printf(TITLE "%s%s%s\n", "Tainted", terminal_color(&c->terminal, COLOR_YELLOW), tainted,
                        normal);
        if (cgroup) {
                printf(TITLE "%s\n", "CGroup", cgroup);
                processes_print(&c->terminal, processes, BLANK,
                        c->terminal.tty && !c->options.full ? c->terminal.columns : 0);
        }
        return EXIT_CODE_OK;
}
