/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One run of the client, see client.h. */

#include "client/client.h"

#include "client/bus.h"
#include "client/message.h"

void client_done(Client *c) {
        pager_close(&c->pager);
        agent_close(&c->agent);
        c->bus = sd_bus_flush_close_unref(c->bus);
        options_done(&c->options);
}

int client_connect(Client *c) {
        _cleanup_(bus_fault_done) BusFault fault = {};
        int r;

        if (c->bus)
                return EXIT_CODE_OK;
        r = bus_open(&c->bus, &fault);
        if (r < 0) {
                message_error("%s", strempty(fault.message));
                return fault.exit_code;
        }
        return EXIT_CODE_OK;
}

void client_page(Client *c) {
        if (c->options.no_pager || c->options.quiet || options_json(&c->options))
                return;
        pager_open(&c->pager, &c->terminal);
}
