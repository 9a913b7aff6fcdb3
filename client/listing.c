/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lists over accounts, see listing.h. */

#include "client/listing.h"

#include "client/hint.h"
#include "client/message.h"

int listing_init(
        Listing *l, const TableColumn *columns, size_t n_columns, size_t account_column, bool wide) {
        *l = (Listing){
                .table = table_new(columns, n_columns), .account_column = account_column, .wide = wide
        };
        if (!l->table)
                return -ENOMEM;
        if (!wide)
                table_hide(l->table, account_column);
        return 0;
}

void listing_done(Listing *l) {
        table_free(l->table);
        *l = (Listing){};
}

unsigned listing_flags(const Options *o) {
        return (o->no_legend ? 0U : TABLE_HEADER) | (o->full ? TABLE_FULL : 0U);
}

int listing_print(Listing *l, Client *c) {
        if (l->wide)
                table_sort(l->table, l->account_column);
        return table_print(l->table, &c->terminal, listing_flags(&c->options));
}

int listing_spill(Listing *l, Client *c) {
        if (!table_is_full(l->table))
                return 0;
        client_page(c);
        return listing_print(l, c);
}

void listing_print_count(const Listing *l, const Client *c, const char *what) {
        size_t n = table_rows(l->table);

        if (c->options.no_legend)
                return;
        printf("\n%s%zu %ss listed.%s\n", terminal_color(&c->terminal, n > 0 ? COLOR_BOLD : COLOR_RED), n,
                what, terminal_normal(&c->terminal));
        if (!c->options.all)
                printf("Pass --all to see loaded but inactive %ss, too.\n", what);
}

int listing_run(Client *c, Request *q, Listing *l, AccountHandler handler, int (*print)(void *, Client *),
        void *userdata) {
        int exit_code, r;
        bool empty;

        q->collected = true;
        exit_code = request_run(c, q, handler, userdata);
        /* Nothing came but errors: they have been said. */
        if (exit_code != EXIT_CODE_OK && exit_code != EXIT_CODE_INCOMPLETE && table_rows(l->table) == 0)
                return exit_code;

        client_page(c);
        empty = table_rows(l->table) == 0;
        r = print(userdata, c);
        if (empty)
                (void) hint_words(c, q->words);
        return r < 0 ? exit_code_merge(exit_code, message_errno(r)) : exit_code;
}
