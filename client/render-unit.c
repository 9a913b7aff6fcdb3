/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Units and unit files as tables, see render-unit.h. */

#include "client/render-unit.h"

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
        [UNIT_JOB] = { "JOB", 0 },
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
        *l = (UnitList){ .table = table_new(unit_columns, ELEMENTSOF(unit_columns)), .wide = wide };
        if (!l->table)
                return -ENOMEM;
        if (!wide)
                table_hide(l->table, UNIT_ACCOUNT);
        return 0;
}

void unit_list_done(UnitList *l) {
        table_free(l->table);
        *l = (UnitList){};
}

bool unit_list_is_empty(const UnitList *l) {
        return table_rows(l->table) == 0;
}

static int add_unit(Client *c, Account *account, json_object *row, void *userdata) {
        static const char *const bad_loads[] = { "error", "not-found", "bad-setting", "masked", NULL };
        const char *load = reply_string(row, "load"), *active = reply_string(row, "active");
        bool bad = in(load, bad_loads) && !c->options.plain;
        bool failed = streq_ptr(active, "failed") && !bad && !c->options.plain;
        Color dot = bad ? COLOR_YELLOW : failed ? COLOR_RED : COLOR_NONE;
        Color state = failed ? COLOR_RED : COLOR_NONE;
        const char *job = reply_string(row, "job");
        UnitList *l = userdata;
        int r;

        r = table_add(l->table, bad || failed ? terminal_glyph(&c->terminal, GLYPH_DOT) : "", dot);
        if (r >= 0)
                r = table_add(l->table, account->name, COLOR_NONE);
        if (r >= 0)
                r = table_add(l->table, reply_string(row, "unit"), state);
        if (r >= 0)
                r = table_add(l->table, load, bad ? COLOR_RED : COLOR_NONE);
        if (r >= 0)
                r = table_add(l->table, active, state);
        if (r >= 0)
                r = table_add(l->table, reply_string(row, "sub"), state);
        if (r >= 0)
                r = table_add(l->table, job, COLOR_NONE);
        if (r >= 0)
                r = table_add(l->table, reply_string(row, "description"), COLOR_NONE);
        if (r < 0)
                return message_errno(r);

        l->n_jobs += job != NULL;
        return EXIT_CODE_OK;
}

int unit_list_add(Client *c, Account *account, void *userdata) {
        return rows_each(c, account, "units", add_unit, userdata);
}

static void print_unit_legend(const UnitList *l, Client *c) {
        const Terminal *t = &c->terminal;
        size_t n = table_rows(l->table);
        bool inactive = c->options.all || strv_contains(c->options.states, "inactive");

        if (n > 0) {
                puts("\n"
                     "LOAD   = Reflects whether the unit definition was properly loaded.\n"
                     "ACTIVE = The high-level unit activation state, i.e. generalization of SUB.\n"
                     "SUB    = The low-level unit activation state, values depend on unit type.");
                if (l->n_jobs > 0)
                        puts("JOB    = Pending job for the unit.\n");
        }

        if (c->options.states && !inactive) {
                printf("%zu loaded units listed.\n", n);
                return;
        }
        printf("%s%zu loaded units listed.%s%s\n", terminal_color(t, n > 0 ? COLOR_BOLD : COLOR_RED), n,
                terminal_normal(t), inactive ? "" : " Pass --all to see loaded but inactive units, too.");
        puts("To show all installed unit files use 'userunitctl list-unit-files'.");
}

static unsigned table_flags(const Options *o) {
        return (o->no_legend ? 0U : TABLE_HEADER) | (o->full ? TABLE_FULL : 0U);
}

int unit_list_print(UnitList *l, Client *c) {
        int r;

        if (c->options.plain)
                table_hide(l->table, UNIT_DOT);
        if (l->n_jobs == 0)
                table_hide(l->table, UNIT_JOB);
        if (l->wide)
                table_sort(l->table, UNIT_ACCOUNT);

        r = table_print(l->table, &c->terminal, table_flags(&c->options));
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
        *l = (FileList){ .table = table_new(file_columns, ELEMENTSOF(file_columns)), .wide = wide };
        if (!l->table)
                return -ENOMEM;
        if (!wide)
                table_hide(l->table, FILE_ACCOUNT);
        return 0;
}

void file_list_done(FileList *l) {
        table_free(l->table);
        *l = (FileList){};
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
        FileList *l = userdata;
        int r;

        r = table_add(l->table, account->name, COLOR_NONE);
        if (r >= 0)
                r = table_add(l->table, reply_string(row, "unit_file"), COLOR_NONE);
        if (r >= 0)
                r = table_add(l->table, state, file_state_color(state));
        if (r >= 0)
                r = table_add(l->table, state_has_preset(state) ? preset : NULL, preset_color(preset));
        return r < 0 ? message_errno(r) : EXIT_CODE_OK;
}

int file_list_add(Client *c, Account *account, void *userdata) {
        return rows_each(c, account, "unit_files", add_file, userdata);
}

int file_list_print(FileList *l, Client *c) {
        int r;

        if (l->wide)
                table_sort(l->table, FILE_ACCOUNT);
        r = table_print(l->table, &c->terminal, table_flags(&c->options));
        if (r < 0)
                return r;
        if (!c->options.no_legend)
                printf("%s%zu unit files listed.\n", table_rows(l->table) > 0 ? "\n" : "",
                        table_rows(l->table));
        return 0;
}
