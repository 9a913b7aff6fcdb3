/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Changes to unit files: enable, disable, reenable, mask, unmask, preset, add-wants, add-requires,
 * set-default; and get-default. What is printed is what systemctl prints. */

#include "client/message.h"
#include "client/reply.h"
#include "client/rows.h"
#include "client/shell-quote.h"
#include "client/target.h"
#include "client/verb/job.h"
#include "client/verbs.h"
#include "common/address.h"
#include "common/strv.h"
#include "common/unit-name.h"

/* What --now does after each of the verbs that know it. */
static const struct {
        MethodId method;
        MethodId job;
} now_table[] = {
        { METHOD_UNIT_FILES_ENABLE, METHOD_UNITS_START },
        { METHOD_UNIT_FILES_DISABLE, METHOD_UNITS_STOP },
        { METHOD_UNIT_FILES_MASK, METHOD_UNITS_STOP },
        { METHOD_UNIT_FILES_REENABLE, METHOD_UNITS_TRY_RESTART },
};

static MethodId job_of_now(MethodId method) {
        for (size_t i = 0; i < ELEMENTSOF(now_table); i++)
                if (now_table[i].method == method)
                        return now_table[i].job;
        return _METHOD_INVALID;
}

static int print_link(Client *c, Account *account, json_object *row, void *userdata) {
        const char *type = reply_string(row, "type"), *path = strempty(reply_string(row, "path"));

        if (streq_ptr(type, "symlink"))
                message_note("Created symlink '%s' %s '%s'.", path,
                        terminal_glyph(&c->terminal, GLYPH_ARROW),
                        strempty(reply_string(row, "destination")));
        else if (streq_ptr(type, "unlink"))
                message_note("Removed '%s'.", path);
        return EXIT_CODE_OK;
}

/* Nothing to install: this puzzles people, and systemctl explains it. */
static void print_nothing_to_install(Client *c) {
        const char *bullet = c->terminal.utf8 ? "•" : "*";

        message_note(
                "The unit files have no installation config (WantedBy=, RequiredBy=, UpheldBy=,\n"
                "Also=, or Alias= settings in the [Install] section, and DefaultInstance= for\n"
                "template units). This means they are not meant to be enabled or disabled using userunitctl.\n"
                " \n"
                "Possible reasons for having these kinds of units are:\n"
                "%1$s A unit may be statically enabled by being symlinked from another unit's\n"
                "  .wants/, .requires/, or .upholds/ directory.\n"
                "%1$s A unit's purpose may be to act as a helper for some other unit which has\n"
                "  a requirement dependency on it.\n"
                "%1$s A unit may be started when needed via activation (socket, path, timer,\n"
                "  D-Bus, udev, scripted systemctl call, ...).\n"
                "%1$s In case of template units, the unit is meant to be enabled with some\n"
                "  instance name specified.",
                bullet);
}

static int print_changes(Client *c, Account *account, void *userdata) {
        const Method *method = userdata;
        json_object *notes = reply_array(account->object, "notes");

        if (c->options.quiet)
                return EXIT_CODE_OK;

        (void) rows_each(c, account, "links", print_link, NULL);
        for (size_t i = 0; i < reply_length(notes); i++)
                message_note("%s", strempty(reply_item_string(notes, i)));
        /* What presets do is nobody's wish in particular. */
        if (method->id != METHOD_UNIT_FILES_PRESET &&
                !reply_boolean(account->object, "carries_install_info", true))
                print_nothing_to_install(c);
        return EXIT_CODE_OK;
}

/* The unit part of ACCOUNT/UNIT. */
static const char *unit_part(const char *argument) {
        const char *slash = strrchr(argument, '/');

        return slash ? slash + 1 : argument;
}

/* The argument with its unit made a full name of that type. */
static int complete_argument(const char *argument, const char *suffix, char **ret) {
        const char *unit = unit_part(argument);
        _cleanup_free_ char *full = NULL;
        int r;

        r = unit_name_mangle(unit, suffix, 0, &full);
        if (r == -EINVAL) {
                message_error("'%s' is no name of a unit.", unit);
                return r;
        }
        if (r < 0)
                return r;
        return asprintf(ret, "%.*s%s", (int) (unit - argument), argument, full) < 0 ? -ENOMEM : 0;
}

/* What the job of --now is about: a template cannot be started, and of one that is stopped all instances
 * are. */
static int now_arguments(const Verb *verb, char **arguments, char ***ret) {
        STRV_FOREACH(argument, arguments) {
                _cleanup_free_ char *full = NULL;
                const char *at;
                char *all;
                int r;

                r = complete_argument(*argument, ".service", &full);
                if (r < 0)
                        return r;
                if (!unit_name_is_valid(unit_part(full), UNIT_NAME_TEMPLATE)) {
                        r = strv_consume(ret, TAKE_PTR(full));
                        if (r < 0)
                                return r;
                        continue;
                }
                if (verb->method == METHOD_UNIT_FILES_ENABLE) {
                        message_note("Template unit is not supported by enable --now, skipping: %s",
                                unit_part(full));
                        continue;
                }
                at = strrchr(full, '@');
                if (asprintf(&all, "%.*s*%s", (int) (at + 1 - full), full, at + 1) < 0)
                        return -ENOMEM;
                r = strv_consume(ret, all);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int do_now(Client *c, const Verb *verb, char **arguments) {
        _cleanup_strv_free_ char **names = NULL;
        int r;

        r = now_arguments(verb, arguments, &names);
        if (r < 0)
                return r == -EINVAL ? EXIT_CODE_INVALID : message_errno(r);
        if (strv_length(names) == 0)
                return EXIT_CODE_OK;
        /* The links were what was asked for in JSON; there is one value on stdout. */
        c->options.output = OUTPUT_TABLE;
        return job_run(c, job_of_now(verb->method), names);
}

/* A file by its path is not installed by this, and it says how that is done. */
static int explain_path(const Client *c, const Verb *verb, const char *path) {
        const char *unit = unit_part(path), *account = c->options.account;
        _cleanup_free_ char *word = shell_word(path);

        if (!word)
                return message_errno(-ENOMEM);
        if (!unit_name_is_valid(unit, UNIT_NAME_ANY)) {
                message_error("'%s' is a path; units are named, as in ACCOUNT/UNIT or UNIT.", path);
                return EXIT_CODE_INVALID;
        }
        if (account)
                message_error("'%s' is a path, and units are named. To have the file as a unit of %s:\n"
                              "    sudo -u %s sh -c 'mkdir -p ~%s/.config/systemd/user && "
                              "cat > ~%s/.config/systemd/user/%s' < %s\n"
                              "    userunitctl daemon-reload %s\n"
                              "    userunitctl %s %s/%s",
                        path, account, account, account, account, unit, word, account, verb->name, account,
                        unit);
        else
                message_error(
                        "'%s' is a path, and units are named. To have the file as a unit of your own:\n"
                        "    install -D -m 644 %s ~/.config/systemd/user/%s\n"
                        "    userunitctl daemon-reload\n"
                        "    userunitctl %s %s",
                        path, word, unit, verb->name, unit);
        return EXIT_CODE_INVALID;
}

static int check_arguments(const Client *c, const Verb *verb, char **arguments) {
        if (c->options.now && job_of_now(verb->method) < 0) {
                message_error("--now can only be used with verb enable, disable, reenable, or mask.");
                return EXIT_CODE_INVALID;
        }

        STRV_FOREACH(argument, arguments) {
                _cleanup_(address_done) Address a = {};
                AddressFault fault;

                if (address_parse(*argument, &a, &fault) == -EINVAL && fault == ADDRESS_PATH)
                        return explain_path(c, verb, *argument);
                /* As systemctl, which knows patterns of units that are loaded only. */
                if (a.unit_glob) {
                        message_error("'%s' is a pattern, and %s takes names of units: "
                                      "\"userunitctl list-unit-files '%s'\" shows what there is.",
                                *argument, verb->name, *argument);
                        return EXIT_CODE_INVALID;
                }
        }
        return EXIT_CODE_OK;
}

/* `target` is of add-wants and add-requires; NULL: none. */
static int change(Client *c, const Verb *verb, char **arguments, const char *target) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        int exit_code;

        exit_code = check_arguments(c, verb, arguments);
        if (exit_code == EXIT_CODE_OK)
                exit_code = request_init(c, verb->method, arguments, 0, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        if (target) {
                q.parameters.target = strdup(target);
                if (!q.parameters.target)
                        return message_errno(-ENOMEM);
        }

        exit_code = options_json(&c->options) ? rows_run_json(c, &q, "links", NULL)
                                              : request_run(c, &q, print_changes, (void *) q.method);
        if (exit_code != EXIT_CODE_OK || !c->options.now)
                return exit_code;
        return do_now(c, verb, arguments);
}

int verb_enable(Client *c, const Verb *verb, char **arguments) {
        return change(c, verb, arguments, NULL);
}

int verb_add_dependency(Client *c, const Verb *verb, char **arguments) {
        _cleanup_free_ char *target = NULL;
        int r;

        if (strchr(arguments[0], '/')) {
                message_error("'%s': the unit that is to depend on the others is named alone; it is in the "
                              "account of each.",
                        arguments[0]);
                return EXIT_CODE_INVALID;
        }
        r = complete_argument(arguments[0], ".target", &target);
        if (r < 0)
                return r == -EINVAL ? EXIT_CODE_INVALID : message_errno(r);
        return change(c, verb, arguments + 1, target);
}

int verb_set_default(Client *c, const Verb *verb, char **arguments) {
        _cleanup_free_ char *full = NULL;
        char *completed[2] = {};
        int exit_code, r;

        exit_code = check_arguments(c, verb, arguments);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        r = complete_argument(arguments[0], ".target", &full);
        if (r < 0)
                return r == -EINVAL ? EXIT_CODE_INVALID : message_errno(r);
        completed[0] = full;
        return change(c, verb, completed, NULL);
}

static int print_default(Client *c, Account *account, void *userdata) {
        if (account->wide)
                printf("%s: ", account->name);
        puts(strempty(reply_string(account->object, "default")));
        return EXIT_CODE_OK;
}

int verb_get_default(Client *c, const Verb *verb, char **arguments) {
        _cleanup_(request_done) Request q = REQUEST_NULL;
        int exit_code;

        exit_code = request_init(c, verb->method, arguments, TARGET_ACCOUNTS, &q);
        if (exit_code != EXIT_CODE_OK)
                return exit_code;
        if (options_json(&c->options))
                return rows_run_json(c, &q, NULL, NULL);
        return request_run(c, &q, print_default, NULL);
}
