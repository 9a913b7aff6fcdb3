/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What must hold of every row of the contract, and that the polkit actions and the introspection data, which
 * are files of their own, say the same as the tables.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>

#include "common/contract.h"
#include "common/parameters.h"
#include "common/strv.h"
#include "daemon/request/reply-check.h"

/* Behind our own MIN() and MAX(), which it knows how to replace. */
#include <glib.h>

static void check_doc(const char *doc) {
        assert_non_null(doc);
        assert_true(strlen(doc) > 3);
        if (!endswith(doc, ".") && !endswith(doc, "…"))
                fail_msg("no sentence: %s", doc);
        assert_null(strpbrk(doc, "\n\t"));
}

/* "units.reload-or-restart": what a request, a rule and a shell take without quotes. */
static void check_name(const char *name, const char *extra) {
        assert_non_null(name);
        assert_true(islower(name[0]) && (islower(name[strlen(name) - 1])));
        for (const char *p = name; *p; p++)
                assert_true(islower(*p) || strchr(extra, *p));
}

static void test_names(void **state) {
        const Method *previous = NULL;

        for (MethodId id = 0; id < _METHOD_MAX; id++) {
                const Method *m = method_get(id);

                assert_int_equal(m->id, id);
                check_name(m->name, ".-");
                check_name(m->verb, "-");
                assert_ptr_equal(strchr(m->name, '.'), strrchr(m->name, '.'));
                assert_non_null(strchr(m->name, '.'));
                check_doc(m->doc);
                if (previous)
                        assert_true(strcmp(previous->name, m->name) < 0);
                previous = m;

                assert_ptr_equal(method_find(m->name), m);
                assert_ptr_equal(method_find_verb(m->verb), m); /* no verb twice */
        }

        assert_null(method_find(""));
        assert_null(method_find("units"));
        assert_null(method_find("Units.list"));
        assert_null(method_find_verb("units.list"));
        assert_null(method_find_verb(""));
}

static void test_suggestions(void **state) {
        assert_string_equal(method_suggest("units.lst"), "units.list");
        assert_string_equal(method_suggest("unit.restart"), "units.restart");
        assert_null(method_suggest("frobnicate"));
        assert_null(method_suggest(""));
        assert_null(method_suggest(
                "a.name.that.is.so.long.that.nobody.could.have.meant.to.type.it.here.at.all"));
}

/* A row without an action is never allowed; and a change is never allowed by an action that is about
 * looking. */
static void test_actions_of_rows(void **state) {
        for (MethodId id = 0; id < _METHOD_MAX; id++) {
                const Method *m = method_get(id);
                const char *own = action_to_id(m->own), *other = action_to_id(m->other);
                bool looks = m->other == ACTION_INSPECT || m->other == ACTION_READ_LOGS;

                assert_true(m->own > ACTION_NONE && m->own < _ACTION_MAX);
                assert_true(m->other > ACTION_NONE && m->other < _ACTION_MAX);

                if (m->own == ACTION_SELF_KNOWLEDGE || m->other == ACTION_SELF_KNOWLEDGE) {
                        assert_int_equal(m->own, m->other);
                        assert_false(method_is(m, METHOD_CHANGES));
                        continue;
                }

                assert_non_null(startswith(own, other));
                assert_string_equal(own + strlen(other), "-own");
                assert_true(looks != method_is(m, METHOD_CHANGES));
        }
}

static const Parameter *parameter_of(const Method *m, const char *name) {
        for (const Parameter *p = m->parameters; p->name; p++)
                if (streq(p->name, name))
                        return p;
        return NULL;
}

static const Field *field_of(const Method *m, const char *name) {
        for (const Field *f = m->result; f->name; f++)
                if (streq(f->name, name))
                        return f;
        return NULL;
}

static void test_flags(void **state) {
        for (MethodId id = 0; id < _METHOD_MAX; id++) {
                const Method *m = method_get(id);
                bool takes_units = method_is(m, METHOD_TAKES_UNITS), changes = method_is(m, METHOD_CHANGES);
                const Field *changed = field_of(m, "changed");

                assert_true(takes_units || !method_is(m, METHOD_NEEDS_UNIT));
                assert_true(takes_units || !method_is(m, METHOD_UNIT_PATTERNS));
                assert_false(takes_units && method_is(m, METHOD_ACCOUNT_ONLY));
                assert_true((parameter_of(m, "units") != NULL) == takes_units);
                assert_true((parameter_of(m, "targets") != NULL) == takes_units);
                assert_true((parameter_of(m, "accounts") != NULL) != method_is(m, METHOD_NO_ACCOUNT));

                /* Every reply of a method that changes something says whether it did; what was changed once
                 * is told by lines of the journal too. */
                assert_true((changed != NULL) == changes || m->place == PLACE_JOURNAL);
                if (changes) {
                        assert_int_equal(changed->type, FIELD_BOOLEAN);
                        assert_false(changed->optional);
                        assert_false(method_is(m, METHOD_STREAMS));
                        assert_false(method_is(m, METHOD_HOST_WIDE));
                        assert_false(method_is(m, METHOD_UNIT_PATTERNS));
                        assert_false(method_is(m, METHOD_NO_ACCOUNT));
                }

                /* A pipe carries no descriptors. */
                assert_false(method_is(m, METHOD_REPLY_FD) && method_is(m, METHOD_STREAMS));
                /* A wait must not keep a worker of the daemon's own busy. */
                assert_true(!method_is(m, METHOD_WAITS) || m->place == PLACE_WORKER ||
                        m->place == PLACE_JOURNAL);
                assert_true(m->deadline_sec > 0);
                assert_true(m->deadline_sec <= 7 * 24 * 3600);
        }
}

static size_t parameter_size(ParameterType type) {
        switch (type) {
        case PARAMETER_BOOLEAN:
                return sizeof(bool);
        case PARAMETER_STRING:
                return sizeof(char *);
        case PARAMETER_STRINGS:
                return sizeof(char **);
        case PARAMETER_UNSIGNED:
                return sizeof(uint64_t);
        }
        fail();
        return 0;
}

static void test_parameters_of_rows(void **state) {
        for (MethodId id = 0; id < _METHOD_MAX; id++) {
                const Method *m = method_get(id);

                for (const Parameter *p = m->parameters; p->name; p++) {
                        check_name(p->name, "_");
                        check_doc(p->doc);
                        assert_true(p->offset + parameter_size(p->type) <= sizeof(Parameters));
                        assert_string_not_equal(parameter_type_to_string(p->type), "invalid");
                        if (p > m->parameters)
                                assert_true(strcmp(p[-1].name, p->name) < 0);
                        if (p->choices) {
                                assert_int_not_equal(p->type, PARAMETER_BOOLEAN);
                                assert_non_null(p->choices[0]);
                        }

                        /* One name, one member, in all rows. */
                        for (MethodId other = 0; other < _METHOD_MAX; other++)
                                for (const Parameter *q = method_get(other)->parameters; q->name; q++) {
                                        assert_true(streq(p->name, q->name) == (p->offset == q->offset));
                                        if (streq(p->name, q->name))
                                                assert_int_equal(p->type, q->type);
                                }
                }
        }
}

static void check_fields(const Field *fields, unsigned depth) {
        size_t n = 0;

        for (const Field *f = fields; f->name; f++, n++) {
                bool has_fields = f->type == FIELD_OBJECT || f->type == FIELD_OBJECTS;

                check_name(f->name, "_");
                check_doc(f->doc);
                assert_string_not_equal(field_type_to_string(f->type), "invalid");
                assert_true((f->fields != NULL) == has_fields);
                for (const Field *g = fields; g < f; g++)
                        assert_string_not_equal(f->name, g->name);

                /* The daemon takes nothing deeper, see daemon/request/reply-check.h. */
                assert_true(depth + (f->type == FIELD_PROPERTIES ? REPLY_PROPERTIES_DEPTH_MAX : 0) <=
                        REPLY_DEPTH_MAX);
                if (f->type == FIELD_OBJECTS)
                        check_fields(f->fields, depth + 2);
                else if (f->type == FIELD_OBJECT)
                        check_fields(f->fields, depth + 1);

                /* Every error looks alike. */
                if (streq(f->name, "error")) {
                        assert_int_equal(f->type, FIELD_OBJECT);
                        assert_string_equal(f->fields[0].name, "name");
                        assert_string_equal(f->fields[1].name, "message");
                        assert_null(f->fields[2].name);
                }
        }

        /* One bit each in daemon/request/reply-check.c. */
        assert_true(n <= 64);
}

static void test_results_of_rows(void **state) {
        for (MethodId id = 0; id < _METHOD_MAX; id++) {
                /* Entries of the journal have the journal's names. */
                if (id != METHOD_LOGS_READ)
                        check_fields(method_get(id)->result, 1);
                assert_string_not_equal(place_to_string(method_get(id)->place), "invalid");
        }
}

static void test_action_table(void **state) {
        static const char *const defaults[] = { "yes", "auth_admin", "auth_admin_keep" };

        for (Action action = ACTION_SELF_KNOWLEDGE + 1; action < _ACTION_MAX; action++) {
                const char *id = action_to_id(action), *implicit = action_default(action);
                bool known = false;

                assert_non_null(startswith(id, ACTION_PREFIX));
                assert_int_equal(action_from_id(id), action);
                assert_non_null(action_doc(action));
                for (size_t i = 0; i < ELEMENTSOF(defaults); i++)
                        known = known || streq(implicit, defaults[i]);
                assert_true(known);

                /* What needs no password is about oneself, or only asks. */
                if (streq(implicit, "yes"))
                        assert_true(endswith(id, "-own") || action == ACTION_REQUEST_LINGER);
                /* A remembered password must not be one for changes: polkit remembers the action alone. */
                if (streq(implicit, "auth_admin_keep"))
                        assert_true(action == ACTION_INSPECT || action == ACTION_INSPECT_ALL);
        }

        assert_null(action_to_id(ACTION_NONE));
        assert_null(action_to_id(ACTION_SELF_KNOWLEDGE));
        assert_null(action_to_id(_ACTION_MAX));
        assert_string_equal(action_default(ACTION_NONE), "no");
        assert_string_equal(action_default(_ACTION_INVALID), "no");
        assert_int_equal(action_from_id("org.userunit1.nonsense"), _ACTION_INVALID);
        assert_int_equal(action_from_id(NULL), _ACTION_INVALID);
}

static GMarkupParseContext *parse_file(const char *path, const GMarkupParser *parser, void *userdata) {
        GMarkupParseContext *context =
                g_markup_parse_context_new(parser, G_MARKUP_PREFIX_ERROR_POSITION, userdata, NULL);
        g_autofree char *text = NULL;
        g_autoptr(GError) error = NULL;
        gsize size;

        assert_true(g_file_get_contents(path, &text, &size, NULL));
        if (!g_markup_parse_context_parse(context, text, (gssize) size, &error) ||
                !g_markup_parse_context_end_parse(context, &error))
                fail_msg("%s: %s", path, error->message);
        return context;
}

static const char *attribute(const char **names, const char **values, const char *name) {
        for (size_t i = 0; names[i]; i++)
                if (streq(names[i], name))
                        return values[i];
        return NULL;
}

typedef struct PolicyAction {
        char *description;
        char *message;
        char *allow[3];
        char *owner;
        bool seen;
} PolicyAction;

typedef struct Policy {
        PolicyAction actions[_ACTION_MAX];
        Action now;
        char *annotation; /* key of the <annotate> at hand */
} Policy;

static void policy_start(GMarkupParseContext *context, const char *element, const char **names,
        const char **values, void *userdata, GError **error) {
        Policy *policy = userdata;

        if (streq(element, "action")) {
                policy->now = action_from_id(attribute(names, values, "id"));
                assert_true(policy->now > ACTION_SELF_KNOWLEDGE);
                assert_false(policy->actions[policy->now].seen);
                policy->actions[policy->now].seen = true;
        } else if (streq(element, "annotate")) {
                free(policy->annotation);
                policy->annotation = strdup(attribute(names, values, "key"));
        }
}

static void policy_text(
        GMarkupParseContext *context, const char *text, gsize size, void *userdata, GError **error) {
        static const char *const allows[] = { "allow_any", "allow_inactive", "allow_active" };
        const char *element = g_markup_parse_context_get_element(context);
        Policy *policy = userdata;
        PolicyAction *action = policy->actions + policy->now;
        char **member = NULL;

        if (streq(element, "description"))
                member = &action->description;
        else if (streq(element, "message"))
                member = &action->message;
        else if (streq(element, "annotate")) {
                assert_string_equal(policy->annotation, "org.freedesktop.policykit.owner");
                member = &action->owner;
        }
        for (size_t i = 0; i < ELEMENTSOF(allows); i++)
                if (streq(element, allows[i]))
                        member = action->allow + i;
        if (!member)
                return;

        assert_null(*member);
        *member = strndup(text, size);
}

/* Only the three details that every check has, and none in a place where polkit would leave it empty. */
static void check_message(const char *message, const char *implicit) {
        assert_non_null(startswith(message, "Authentication is required to "));
        for (const char *p = strchr(message, '$'); p; p = strchr(p + 1, '$'))
                assert_true(
                        startswith(p, "$(account)") || startswith(p, "$(unit)") || startswith(p, "$(verb)"));
        if (endswith(implicit, "_keep"))
                assert_non_null(strstr(message, "of every account"));
        else if (!strstr(message, "$(account)") && !strstr(message, "$(unit)"))
                fail_msg("names nothing: %s", message);
}

static void test_policy_file(void **state) {
        static const GMarkupParser parser = { .start_element = policy_start, .text = policy_text };
        Policy policy = {};

        g_markup_parse_context_free(
                parse_file(SOURCE_ROOT "/polkit/org.userunit1.policy", &parser, &policy));

        for (Action action = ACTION_SELF_KNOWLEDGE + 1; action < _ACTION_MAX; action++) {
                PolicyAction *a = policy.actions + action;
                const char *doc = action_doc(action);

                if (!a->seen)
                        fail_msg("%s is missing", action_to_id(action));
                for (size_t i = 0; i < ELEMENTSOF(a->allow); i++) {
                        assert_string_equal(a->allow[i], action_default(action));
                        free(a->allow[i]);
                }
                assert_string_equal(a->owner, "unix-user:userunitd");
                assert_int_equal(a->description[0], toupper(doc[0]));
                assert_string_equal(a->description + 1, doc + 1);
                check_message(a->message, action_default(action));
                free(a->description);
                free(a->message);
                free(a->owner);
        }
        free(policy.annotation);
}

/* All of the interface as one line: names, directions and types in order. */
static void interface_start(GMarkupParseContext *context, const char *element, const char **names,
        const char **values, void *userdata, GError **error) {
        GString *line = userdata;

        if (streq(element, "node"))
                g_string_append_printf(line, "%s", attribute(names, values, "name"));
        else if (streq(element, "interface") || streq(element, "method"))
                g_string_append_printf(line, " %s", attribute(names, values, "name"));
        else if (streq(element, "arg"))
                g_string_append_printf(line, " %s:%s", attribute(names, values, "direction"),
                        attribute(names, values, "type"));
        else if (streq(element, "property"))
                g_string_append_printf(line, " %s:%s:%s", attribute(names, values, "name"),
                        attribute(names, values, "type"), attribute(names, values, "access"));
        else if (streq(element, "annotation"))
                g_string_append_printf(
                        line, " %s=%s", attribute(names, values, "name"), attribute(names, values, "value"));
        else
                fail_msg("<%s>", element);
}

static void test_introspection_file(void **state) {
        static const GMarkupParser parser = { .start_element = interface_start };
        GString *line = g_string_new(NULL);

        g_markup_parse_context_free(parse_file(SOURCE_ROOT "/dbus/org.userunit1.xml", &parser, line));
        assert_string_equal(line->str,
                BUS_PATH " " BUS_INTERFACE
                         " Call in:s in:ah out:s out:ah Open in:s in:ah out:h Describe out:s"
                         " Version:s:read org.freedesktop.DBus.Property.EmitsChangedSignal=const");
        g_string_free(line, TRUE);
}

int main(void) {
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_names),
                cmocka_unit_test(test_suggestions),
                cmocka_unit_test(test_actions_of_rows),
                cmocka_unit_test(test_flags),
                cmocka_unit_test(test_parameters_of_rows),
                cmocka_unit_test(test_results_of_rows),
                cmocka_unit_test(test_action_table),
                cmocka_unit_test(test_policy_file),
                cmocka_unit_test(test_introspection_file),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
