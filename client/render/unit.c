/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Units and unit files as tables, see unit.h. */

#include "client/render/unit.h"

#include "client/line-rows.h"
#include "client/message.h"
#include "client/reply.h"
#include "client/rows.h"
#include "common/strv.h"

enum { UNIT_DOT, UNIT_ACCOUNT, UNIT_UNIT, UNIT_LOAD, UNIT_ACTIVE, UNIT_SUB, UNIT_JOB, UNIT_DESCRIPTION };

static const TableColumn unit_columns[] = {
        [UNIT_DOT] = { "", 0 },
        [UNIT_ACCOUNT] = { "ACCOUNT", 0 },
        [UNIT_UNIT] = { "UNIT", COLUMN_SHRINKS },
        [UNIT_LOAD] = { "LOAD", 0 },
        [UNIT_ACTIVE] = { "ACTIVE", 0 },
        [UNIT_SUB] = { "SUB", 0 },
        [UNIT_JOB] = { "JOB", COLUMN_BLANK },
        [UNIT_DESCRIPTION] = { "DESCRIPTION", COLUMN_SHRINKS },
};

static bool in(const char *s, const char *const *l) {
        for (; s && *l; l++)
                if (streq(s, *l))
                        return true;
        return false;
}

Color state_color(const char *active) {
        if (streq_ptr(active, "failed"))
                return COLOR_RED;
        if (streq_ptr(active, "active") || streq_ptr(active, "reloading") || streq_ptr(active, "refreshing"))
                return COLOR_GREEN;
        return COLOR_NONE;
}

Glyph state_glyph(const char *active) {
        if (streq_ptr(active, "failed"))
                return GLYPH_CROSS;
        if (streq_ptr(active, "reloading") || streq_ptr(active, "refreshing"))
                return GLYPH_RELOAD;
        if (streq_ptr(active, "inactive") || streq_ptr(active, "maintenance"))
                return GLYPH_RING;
        return GLYPH_DOT;
}

bool state_has_preset(const char *file_state) {
        static const char *const without[] = { "alias", "static", "generated", "transient", NULL };

        return file_state && !in(file_state, without);
}

int unit_list_init(UnitList *l, bool wide) {
        *l = (UnitList){};
        return listing_init(&l->listing, unit_columns, ELEMENTSOF(unit_columns), UNIT_ACCOUNT, wide);
}

void unit_list_done(UnitList *l) {
        listing_done(&l->listing);
}

enum { FIELD_UNIT, FIELD_LOAD, FIELD_ACTIVE, FIELD_SUB, FIELD_JOB, FIELD_DESCRIPTION, _FIELD_MAX };

static int add_unit(Client *c, const char *account, const char *const *values, void *userdata);

static const LineForm unit_form = {
        .member = "units",
        .fields = {
                [FIELD_UNIT] = "unit",
                [FIELD_LOAD] = "load",
                [FIELD_ACTIVE] = "active",
                [FIELD_SUB] = "sub",
                [FIELD_JOB] = "job",
                [FIELD_DESCRIPTION] = "description",
        },
        .handler = add_unit,
};

static int add_unit(Client *c, const char *account, const char *const *values, void *userdata) {
        static const char *const bad_loads[] = { "error", "not-found", "bad-setting", "masked", NULL };
        static const char *const changing[] = { "activating", "deactivating", "reloading", "refreshing",
                "maintenance", NULL };
        bool bad = in(values[FIELD_LOAD], bad_loads) && !c->options.plain;
        bool failed = streq_ptr(values[FIELD_ACTIVE], "failed") && !bad && !c->options.plain;
        bool moving = in(values[FIELD_ACTIVE], changing) && !c->options.plain;
        Color dot = bad ? COLOR_YELLOW : failed ? COLOR_RED : moving ? COLOR_GREEN : COLOR_NONE;
        Color state = failed ? COLOR_RED : COLOR_NONE;
        UnitList *l = userdata;
        Table *t = l->listing.table;
        int r;

        r = table_add(t, bad || failed || moving ? terminal_glyph(&c->terminal, GLYPH_DOT) : " ", dot);
        if (r >= 0)
                r = table_add(t, account, COLOR_NONE);
        if (r >= 0)
                r = table_add(t, values[FIELD_UNIT], state);
        if (r >= 0)
                r = table_add(t, values[FIELD_LOAD], bad ? COLOR_RED : COLOR_NONE);
        if (r >= 0)
                r = table_add(t, values[FIELD_ACTIVE], state);
        if (r >= 0)
                r = table_add(t, values[FIELD_SUB], state);
        if (r >= 0)
                r = table_add(t, values[FIELD_JOB], COLOR_NONE);
        if (r >= 0)
                r = table_add(t, values[FIELD_DESCRIPTION], COLOR_NONE);
        if (r >= 0)
                l->n_jobs += values[FIELD_JOB] != NULL;
        return r;
}

static int add_unit_object(Client *c, Account *account, json_object *row, void *userdata) {
        const char *values[_FIELD_MAX];
        int r;

        for (size_t i = 0; i < _FIELD_MAX; i++)
                values[i] = reply_string(row, unit_form.fields[i]);
        r = add_unit(c, account->name, values, userdata);
        return r < 0 ? message_errno(r) : EXIT_CODE_OK;
}

/* After an account's rows. */
static int account_added(UnitList *l, Client *c) {
        if (c->options.plain)
                table_hide(l->listing.table, UNIT_DOT);
        return listing_spill(&l->listing, c);
}

int unit_list_add(Client *c, Account *account, void *userdata) {
        UnitList *l = userdata;
        int exit_code, r;

        exit_code = rows_each(c, account, "units", add_unit_object, l);
        r = account_added(l, c);
        return r < 0 ? exit_code_merge(exit_code, message_errno(r)) : exit_code;
}

int unit_list_add_line(Client *c, const char *line, size_t n, void *userdata) {
        UnitList *l = userdata;
        size_t n_rows = table_rows(l->listing.table), n_jobs = l->n_jobs;
        int r;

        r = line_rows(&unit_form, c, line, n, l);
        if (r > 0)
                r = account_added(l, c) ?: 1;
        else {
                table_truncate(l->listing.table, n_rows);
                l->n_jobs = n_jobs;
        }
        return r;
}

static void print_unit_legend(const UnitList *l, Client *c) {
        const Terminal *t = &c->terminal;
        size_t n = table_rows(l->listing.table);
        bool inactive = c->options.all || strv_contains(c->options.states, "inactive");

        if (n > 0) {
                puts("\n"
                     "LOAD   = Reflects whether the unit definition was properly loaded.\n"
                     "ACTIVE = The high-level unit activation state, i.e. generalization of SUB.\n"
                     "SUB    = The low-level unit activation state, values depend on unit type.");
                if (l->n_jobs > 0)
                        puts("JOB    = Pending job for the unit.");
        }
        putchar('\n');

        if (c->options.states && !inactive) {
                printf("%zu loaded units listed.\n", n);
                return;
        }
        printf("%s%zu loaded units listed.%s%s\n", terminal_color(t, n > 0 ? COLOR_BOLD : COLOR_RED), n,
                terminal_normal(t), inactive ? "" : " Pass --all to see loaded but inactive units, too.");
        puts("To show all installed unit files use 'userunitctl list-unit-files'.");
}

int unit_list_print(void *list, Client *c) {
        UnitList *l = list;
        int r;

        if (c->options.plain)
                table_hide(l->listing.table, UNIT_DOT);
        /* What was printed already has the column: it could not be known that there would be none. */
        if (l->n_jobs == 0 && !table_is_begun(l->listing.table))
                table_hide(l->listing.table, UNIT_JOB);

        r = listing_print(&l->listing, c);
        if (r < 0)
                return r;
        if (!c->options.no_legend)
                print_unit_legend(l, c);
        return 0;
}

enum { FILE_ACCOUNT, FILE_FILE, FILE_STATE, FILE_PRESET };

static const TableColumn file_columns[] = {
        [FILE_ACCOUNT] = { "ACCOUNT", 0 },
        [FILE_FILE] = { "UNIT FILE", COLUMN_SHRINKS },
        [FILE_STATE] = { "STATE", 0 },
        [FILE_PRESET] = { "PRESET", 0 },
};

int file_list_init(FileList *l, bool wide) {
        *l = (FileList){};
        return listing_init(&l->listing, file_columns, ELEMENTSOF(file_columns), FILE_ACCOUNT, wide);
}

void file_list_done(FileList *l) {
        listing_done(&l->listing);
}

static Color file_state_color(const char *state) {
        static const char *const red[] = { "masked", "masked-runtime", "disabled", "bad", NULL };
        static const char *const green[] = { "enabled", "enabled-runtime", "alias", NULL };

        return in(state, red) ? COLOR_RED : in(state, green) ? COLOR_GREEN : COLOR_NONE;
}

static Color preset_color(const char *preset) {
        if (streq_ptr(preset, "enabled"))
                return COLOR_GREEN;
        if (streq_ptr(preset, "disabled"))
                return COLOR_RED;
        return streq_ptr(preset, "ignored") ? COLOR_YELLOW : COLOR_NONE;
}

static int add_file(Client *c, Account *account, json_object *row, void *userdata) {
        const char *state = reply_string(row, "state"), *preset = reply_string(row, "preset");
        Table *t = ((FileList *) userdata)->listing.table;
        int r;

        r = table_add(t, account->name, COLOR_NONE);
        if (r >= 0)
                r = table_add(t, reply_string(row, "unit_file"), COLOR_NONE);
        if (r >= 0)
                r = table_add(t, state, file_state_color(state));
        if (r >= 0)
                r = table_add(t, state_has_preset(state) ? preset : NULL, preset_color(preset));
        return r < 0 ? message_errno(r) : EXIT_CODE_OK;
}

int file_list_add(Client *c, Account *account, void *userdata) {
        FileList *l = userdata;
        int exit_code, r;

        exit_code = rows_each(c, account, "unit_files", add_file, l);
        r = listing_spill(&l->listing, c);
        return r < 0 ? exit_code_merge(exit_code, message_errno(r)) : exit_code;
}

int file_list_print(void *list, Client *c) {
        FileList *l = list;
        int r;

        r = listing_print(&l->listing, c);
        if (r < 0)
                return r;
        if (!c->options.no_legend)
                printf("\n%zu unit files listed.\n", table_rows(l->listing.table));
        return 0;
}
