/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* doctor: what is wrong with an account or with the way to it, and what mends it. */

#include "client/doctor/doctor.h"
#include "client/json-print.h"
#include "client/message.h"
#include "client/reply.h"
#include "client/verbs.h"
#include "common/escape.h"

static int add_member(json_object *o, const char *key, const char *text) {
        json_object *value = json_object_new_string(text);

        if (!value)
                return -ENOMEM;
        if (json_object_object_add(o, key, value) < 0) {
                (void) json_object_put(value);
                return -ENOMEM;
        }
        return 0;
}

static int print_json(const Doctor *d, OutputMode mode) {
        JsonList list = { .f = stdout, .mode = mode };

        for (size_t i = 0; i < d->n_findings; i++) {
                _cleanup_reply_ json_object *o = json_object_new_object();
                const Finding *f = d->findings + i;
                int r;

                r = o ? add_member(o, "check", f->check) : -ENOMEM;
                if (r >= 0)
                        r = add_member(o, "severity", severity_to_string(f->severity));
                if (r >= 0)
                        r = add_member(o, "message", f->message);
                if (r >= 0 && f->command)
                        r = add_member(o, "command", f->command);
                if (r >= 0)
                        r = json_list_add(&list, d->known ? d->account.name : d->asked, o, NULL);
                if (r < 0)
                        return r;
        }
        json_list_end(&list);
        return 0;
}

static Color severity_color(Severity severity) {
        static const Color colors[_SEVERITY_MAX] = {
                [SEVERITY_OK] = COLOR_GREEN,
                [SEVERITY_UNKNOWN] = COLOR_NONE,
                [SEVERITY_NOTE] = COLOR_NONE,
                [SEVERITY_WARNING] = COLOR_YELLOW,
                [SEVERITY_ERROR] = COLOR_RED,
        };

        return colors[severity];
}

static int print_finding(const Client *c, const Finding *f) {
        _cleanup_free_ char *message = escape_terminal(f->message),
                            *command = f->command ? escape_terminal(f->command) : NULL;

        if (!message || (f->command && !command))
                return -ENOMEM;
        printf("%s%-7s%s %s: %s\n", terminal_color(&c->terminal, severity_color(f->severity)),
                severity_to_string(f->severity), terminal_normal(&c->terminal), f->check, message);
        if (command)
                printf("        %s %s%s%s\n", terminal_glyph(&c->terminal, GLYPH_ARROW),
                        terminal_color(&c->terminal, COLOR_BOLD), command, terminal_normal(&c->terminal));
        return 0;
}

/* What is wrong stands first: few read to the end. */
static int print_text(const Client *c, const Doctor *d) {
        unsigned least = c->options.quiet ? SEVERITY_WARNING : SEVERITY_OK;
        size_t n[_SEVERITY_MAX] = {};

        for (unsigned severity = _SEVERITY_MAX; severity-- > least;)
                for (size_t i = 0; i < d->n_findings; i++) {
                        int r;

                        if (d->findings[i].severity != severity)
                                continue;
                        n[severity]++;
                        r = print_finding(c, d->findings + i);
                        if (r < 0)
                                return r;
                }
        if (c->options.quiet || c->options.no_legend)
                return 0;

        printf("\n%zu error%s, %zu warning%s, %zu note%s", n[SEVERITY_ERROR],
                n[SEVERITY_ERROR] == 1 ? "" : "s", n[SEVERITY_WARNING], n[SEVERITY_WARNING] == 1 ? "" : "s",
                n[SEVERITY_NOTE], n[SEVERITY_NOTE] == 1 ? "" : "s");
        if (n[SEVERITY_UNKNOWN] > 0)
                printf(", %zu could not be looked at", n[SEVERITY_UNKNOWN]);
        printf(", %zu ok.\n", n[SEVERITY_OK]);
        return 0;
}

/* The account that is meant: the argument, else the default's, else one's own. */
static int find_asked(const Client *c, const char *argument, char **ret) {
        const char *given = argument ? argument : c->options.account;
        _cleanup_(address_done) Address address = {};
        AddressFault fault;
        int r;

        if (!given)
                return asprintf(ret, "%u", getuid()) < 0 ? -ENOMEM : 0;

        r = address_parse_account(given, &address, &fault);
        if (r == -EINVAL)
                message_error("'%s' %s.", given, address_fault_to_string(fault));
        if (r < 0)
                return r;
        if (!address.account || address.account_glob) {
                message_error("'%s' is a pattern; the doctor sees one account at a time.", given);
                return -EINVAL;
        }
        *ret = TAKE_PTR(address.account);
        return 0;
}

int verb_doctor(Client *c, const Verb *verb, char **arguments) {
        _cleanup_free_ char *asked = NULL;
        _cleanup_(doctor_done) Doctor d = {};
        int r;

        if (c->options.all_accounts) {
                message_error("The doctor sees one account at a time: userunitctl doctor ACCOUNT");
                return EXIT_CODE_INVALID;
        }
        r = find_asked(c, arguments[0], &asked);
        if (r == -EINVAL)
                return EXIT_CODE_INVALID;
        if (r >= 0)
                r = doctor_init(&d, &doctor_places_default, asked);
        if (r >= 0)
                r = doctor_run(&d);
        if (r < 0)
                return message_errno(r);

        client_page(c);
        r = options_json(&c->options) ? print_json(&d, c->options.output) : print_text(c, &d);
        if (r < 0)
                return message_errno(r);
        return doctor_worst(&d) == SEVERITY_ERROR ? EXIT_CODE_FAILURE : EXIT_CODE_OK;
}
