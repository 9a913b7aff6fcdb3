/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The tables of the contract written out, see describe.h. */

#include "daemon/describe.h"

#include "common/error.h"
#include "common/json-write.h"
#include "common/limits.h"

typedef struct Flag {
        unsigned flag;
        const char *name;
} Flag;

/* What is true of a method, each a member of its own. */
static const Flag flag_table[] = {
        { METHOD_CHANGES, "changes" },
        { METHOD_NO_ACCOUNT, "no_account" },
        { METHOD_ACCOUNT_ONLY, "account_only" },
        { METHOD_TAKES_UNITS, "takes_units" },
        { METHOD_NEEDS_UNIT, "needs_unit" },
        { METHOD_ONE_UNIT, "one_unit" },
        { METHOD_UNIT_PATTERNS, "unit_patterns" },
        { METHOD_HOST_WIDE, "host_wide" },
        { METHOD_NO_MANAGER, "no_manager" },
        { METHOD_WAITS, "waits" },
};

static void write_limits(JsonWriter *w) {
        json_write_key(w, "limits");
        json_begin_array(w);
        for (size_t i = 0; limit_get(i); i++) {
                const Limit *limit = limit_get(i);

                json_begin_object(w);
                json_write_key_string(w, "name", limit->name);
                json_write_key_u64(w, "value", limit->value);
                json_write_key_string(w, "doc", limit->doc);
                json_end_object(w);
        }
        json_end_array(w);
}

static void write_errors(JsonWriter *w) {
        json_write_key(w, "errors");
        json_begin_array(w);
        for (ErrorCode code = ERROR_NONE + 1; code < _ERROR_MAX; code++) {
                json_begin_object(w);
                json_write_key_string(w, "name", error_code_to_string(code));
                json_write_key_string(w, "bus_name", error_code_to_bus_name(code));
                json_write_key_i64(w, "exit_code", error_code_to_exit(code));
                json_write_key_string(w, "doc", error_code_doc(code));
                json_end_object(w);
        }
        json_end_array(w);
}

static void write_actions(JsonWriter *w) {
        json_write_key(w, "actions");
        json_begin_array(w);
        for (Action action = 0; action < _ACTION_MAX; action++) {
                if (!action_to_id(action))
                        continue;
                json_begin_object(w);
                json_write_key_string(w, "id", action_to_id(action));
                json_write_key_string(w, "default", action_default(action));
                json_write_key_string(w, "doc", action_doc(action));
                json_end_object(w);
        }
        json_end_array(w);
}

static void write_parameters(const Parameter *parameters, JsonWriter *w) {
        json_write_key(w, "parameters");
        json_begin_array(w);
        for (const Parameter *p = parameters; p->name; p++) {
                json_begin_object(w);
                json_write_key_string(w, "name", p->name);
                json_write_key_string(w, "type", parameter_type_to_string(p->type));
                if (p->choices)
                        json_write_key_strv(w, "choices", (char *const *) p->choices);
                json_write_key_string(w, "doc", p->doc);
                json_end_object(w);
        }
        json_end_array(w);
}

/* Calls itself for the fields of an object: as deep as our own tables are. */
static void write_fields(const char *key, const Field *fields, JsonWriter *w) {
        json_write_key(w, key);
        json_begin_array(w);
        for (const Field *f = fields; f->name; f++) {
                json_begin_object(w);
                json_write_key_string(w, "name", f->name);
                json_write_key_string(w, "type", field_type_to_string(f->type));
                json_write_key_bool(w, "optional", f->optional);
                json_write_key_string(w, "doc", f->doc);
                if (f->fields)
                        write_fields("fields", f->fields, w);
                json_end_object(w);
        }
        json_end_array(w);
}

/* How it may be asked: what has a descriptor in its reply cannot go through a pipe. */
static void write_kinds(const Method *method, JsonWriter *w) {
        json_write_key(w, "kinds");
        json_begin_array(w);
        if (!method_is(method, METHOD_ONLY_STREAMS))
                json_write_string(w, "call");
        if (method_is(method, METHOD_STREAMS))
                json_write_string(w, "open");
        json_end_array(w);
}

static void write_action(const char *key, Action action, JsonWriter *w) {
        json_write_key(w, key);
        if (action_to_id(action))
                json_write_string(w, action_to_id(action));
        else
                json_write_null(w);
}

static void write_method(const Method *method, JsonWriter *w) {
        json_begin_object(w);
        json_write_key_string(w, "name", method->name);
        json_write_key_string(w, "verb", method->verb);
        json_write_key_string(w, "doc", method->doc);
        write_action("action_own", method->own, w);
        write_action("action_other", method->other, w);
        write_action("action_every", method->every, w);
        write_kinds(method, w);
        json_write_key_string(w, "place", place_to_string(method->place));
        json_write_key_u64(w, "deadline_sec", method->deadline_sec);
        json_write_key_u64(w, "request_descriptors", method->request_fds);
        json_write_key_bool(w, "reply_descriptors", method_is(method, METHOD_REPLY_FD));
        for (size_t i = 0; i < ELEMENTSOF(flag_table); i++)
                json_write_key_bool(w, flag_table[i].name, (method->flags & flag_table[i].flag) != 0);
        write_parameters(method->parameters, w);
        write_fields("result", method->result, w);
        json_end_object(w);
}

int describe(const Method *only, char **ret) {
        _cleanup_(json_writer_done) JsonWriter w = JSON_WRITER_INIT(REPLY_SIZE_MAX);

        json_begin_object(&w);
        json_write_key_u64(&w, "schema", CONTRACT_SCHEMA);
        json_write_key_string(&w, "version", VERSION);
        json_write_key_string(&w, "bus_name", BUS_NAME);
        json_write_key_string(&w, "path", BUS_PATH);
        json_write_key_string(&w, "interface", BUS_INTERFACE);
        write_limits(&w);
        write_errors(&w);
        write_actions(&w);

        json_write_key(&w, "methods");
        json_begin_array(&w);
        for (MethodId id = 0; id < _METHOD_MAX; id++)
                if (!only || only->id == id)
                        write_method(method_get(id), &w);
        json_end_array(&w);
        json_end_object(&w);

        return json_writer_finish(&w, ret, NULL);
}
