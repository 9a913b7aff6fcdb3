/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * From the text of a request to a typed struct, see parameters.h. The strict scanner's events are taken as
 * they come: there is no tree, and so no second parser that could read the same text in another way. The
 * text is scanned twice, because "method" may stand behind the "parameters" whose table it names.
 */

#include "common/parameters.h"

#include "common/json-scan.h"
#include "common/json-write.h"
#include "common/limits.h"
#include "common/strv.h"

static const JsonLimits request_limits = { .max_length = REQUEST_SIZE_MAX, .max_depth = REQUEST_DEPTH_MAX };

void parameters_done(Parameters *p) {
        strv_free(p->accounts);
        strv_free(p->units);
        strv_free(p->targets);
        strv_free(p->states);
        strv_free(p->types);
        strv_free(p->properties);
        free(p->mode);
        free(p->signal);
        free(p->whom);
        free(p->verb);
        free(p->dependency);
        free(p->preset_mode);
        free(p->target);
        strv_free(p->assignments);
        strv_free(p->command);
        strv_free(p->jobs);
        strv_free(p->names);
        strv_free(p->timer);
        strv_free(p->what);
        strv_free(p->fields);
        strv_free(p->priorities);
        strv_free(p->identifiers);
        strv_free(p->events);
        strv_free(p->callers);
        strv_free(p->verbs);
        strv_free(p->verdicts);
        free(p->cursor);
        free(p->after_cursor);
        free(p->boot);
        free(p->grep);
        *p = PARAMETERS_NULL;
}

/* Where the walk through the request is. */
typedef enum Member {
        MEMBER_OTHER,
        MEMBER_METHOD,
        MEMBER_PARAMETERS,
} Member;

typedef struct RequestWalk {
        Member member;              /* the top-level member we are in */
        char *method_name;          /* first pass */
        const Method *method;       /* second pass; NULL in the first */
        const Parameter *parameter; /* whose value comes */
        size_t items;
        Parameters *p;
} RequestWalk;

static int refuse(JsonEvent *event, const char *reason) {
        event->reason = reason;
        return -EBADMSG;
}

/* What is alike in both passes: the object at the top, its two members and their kinds. */
static int walk_top(JsonEvent *event, RequestWalk *walk) {
        switch (event->type) {
        case JSON_OBJECT_BEGIN:
                if (event->depth == 1 && walk->member != MEMBER_PARAMETERS)
                        return refuse(event, "method must be a string");
                return 0;
        case JSON_OBJECT_END:
                return 0;
        case JSON_KEY:
                if (json_event_text_is(event, "method"))
                        walk->member = MEMBER_METHOD;
                else if (json_event_text_is(event, "parameters"))
                        walk->member = MEMBER_PARAMETERS;
                else
                        return refuse(event, "unknown member; a request has \"method\" and \"parameters\"");
                return 0;
        case JSON_STRING:
                if (event->depth == 1 && walk->member == MEMBER_METHOD)
                        return 0;
                break;
        default:
                break;
        }

        if (event->depth == 0)
                return refuse(event, "a request is an object");
        return refuse(event,
                walk->member == MEMBER_METHOD ? "method must be a string" : "parameters must be an object");
}

static int walk_method(JsonEvent *event, void *userdata) {
        RequestWalk *walk = userdata;
        const char *text;
        int r;

        if (event->depth > 1 ||
                (event->depth == 1 && walk->member == MEMBER_PARAMETERS && event->type != JSON_KEY)) {
                /* Judged in the second pass, except that it must be an object. */
                if (event->depth == 1 && event->type != JSON_OBJECT_BEGIN && event->type != JSON_OBJECT_END)
                        return refuse(event, "parameters must be an object");
                return 0;
        }

        r = walk_top(event, walk);
        if (r < 0)
                return r;

        if (event->type == JSON_STRING) {
                r = json_event_text(event, &text, NULL);
                if (r < 0)
                        return r;
                free(walk->method_name);
                walk->method_name = strdup(text);
                if (!walk->method_name)
                        return -ENOMEM;
        }

        return 0;
}

static const Parameter *find_parameter(const Method *method, const JsonEvent *event) {
        for (const Parameter *p = method->parameters; p->name; p++)
                if (json_event_text_is(event, p->name))
                        return p;
        return NULL;
}

static bool is_choice(const Parameter *parameter, const char *text) {
        if (!parameter->choices)
                return true;
        return strv_contains((char *const *) parameter->choices, text);
}

static void *member_of(RequestWalk *walk) {
        return (uint8_t *) walk->p + walk->parameter->offset;
}

static int take_string(JsonEvent *event, RequestWalk *walk, char **ret) {
        const char *text;
        int r;

        r = json_event_text(event, &text, NULL);
        if (r < 0)
                return r;
        if (!is_choice(walk->parameter, text))
                return refuse(
                        event, "not one of the values that this parameter may have; Describe lists them");

        *ret = strdup(text);
        return *ret ? 0 : -ENOMEM;
}

/* An array grows by hand here: strv_extend() walks it each time, and a request may carry thousands of names.
 */
static int take_item(JsonEvent *event, RequestWalk *walk) {
        char ***list = member_of(walk);
        char **grown;
        int r;

        if (event->type != JSON_STRING)
                return refuse(event, "must be an array of strings");
        if (walk->items >= PARAMETER_ITEMS_MAX)
                return refuse(event, "too many items");

        grown = reallocarray(*list, walk->items + 2, sizeof(char *));
        if (!grown)
                return -ENOMEM;
        *list = grown;
        grown[walk->items] = NULL;

        r = take_string(event, walk, grown + walk->items);
        if (r < 0)
                return r;
        grown[++walk->items] = NULL;
        return 0;
}

/* Over 2^53 many writers of JSON round, so nothing can mean such a number. */
static int take_unsigned(JsonEvent *event, uint64_t *ret) {
        uint64_t value;

        if (event->type != JSON_NUMBER)
                return refuse(event, "must be a number");
        if (json_event_u64(event, &value) < 0 || value > UNSIGNED_MAX)
                return refuse(event, "must be a whole number from 0 to 2^53");
        *ret = value;
        return 0;
}

static int take_value(JsonEvent *event, RequestWalk *walk) {
        switch (walk->parameter->type) {
        case PARAMETER_BOOLEAN:
                if (event->type != JSON_BOOL)
                        return refuse(event, "must be true or false");
                *(bool *) member_of(walk) = event->boolean;
                return 0;
        case PARAMETER_STRING:
                if (event->type != JSON_STRING)
                        return refuse(event, "must be a string");
                return take_string(event, walk, member_of(walk));
        case PARAMETER_UNSIGNED:
                return take_unsigned(event, member_of(walk));
        case PARAMETER_STRINGS:
                if (event->type == JSON_ARRAY_END)
                        return 0;
                if (event->type != JSON_ARRAY_BEGIN)
                        return refuse(event, "must be an array of strings");
                walk->items = 0;
                /* An empty array is not the same as none: it names nothing. */
                *(char ***) member_of(walk) = calloc(1, sizeof(char *));
                return *(char ***) member_of(walk) ? 0 : -ENOMEM;
        }
        return -EINVAL;
}

static int walk_parameters(JsonEvent *event, void *userdata) {
        RequestWalk *walk = userdata;

        if (event->depth == 0 ||
                (event->depth == 1 && (event->type == JSON_KEY || walk->member == MEMBER_METHOD)))
                return walk_top(event, walk);

        if (event->depth == 1)
                return 0; /* the braces of the parameters, judged in the first pass */

        if (event->depth == 2 && event->type == JSON_KEY) {
                walk->parameter = find_parameter(walk->method, event);
                if (!walk->parameter)
                        return refuse(event, "the method has no such parameter; Describe lists them");
                return 0;
        }

        if (event->depth == 2)
                return take_value(event, walk);
        if (event->depth == 3 && walk->parameter->type == PARAMETER_STRINGS)
                return take_item(event, walk);
        return refuse(event, "nested too deep for this parameter");
}

static int fault_to_error(int r, const JsonFault *fault, const char *text, size_t length, Error *error) {
        size_t line, column;

        if (r == -ENOMEM)
                return error_set(error, ERROR_INTERNAL, "No memory for the request.");

        json_position(text, length, fault->offset, &line, &column);
        return error_set(error, ERROR_INVALID_REQUEST,
                "Malformed request at offset %zu (line %zu, column %zu)%s%s: %s.", fault->offset, line,
                column, isempty(fault->path) ? "" : ", in ", fault->path, fault->reason);
}

int request_parse(
        const char *text, size_t length, const Method **ret_method, Parameters *ret, Error *error) {
        _cleanup_(parameters_done) Parameters p = PARAMETERS_NULL;
        _cleanup_free_ char *name = NULL;
        RequestWalk walk = { .p = &p };
        const char *suggestion;
        JsonFault fault;
        int r;

        r = json_scan(text, length, &request_limits, walk_method, &walk, &fault);
        name = walk.method_name;
        if (r < 0)
                return fault_to_error(r, &fault, text, length, error);
        if (!name)
                return error_set(error, ERROR_INVALID_REQUEST, "Malformed request: it has no \"method\".");

        walk = (RequestWalk){ .p = &p, .method = method_find(name) };
        if (!walk.method) {
                suggestion = method_suggest(name);
                return error_set(error, ERROR_NO_SUCH_METHOD,
                        "There is no such method%s%s%s; Describe lists them.",
                        suggestion ? ", did you mean \"" : "", strempty(suggestion),
                        suggestion ? "\"?" : "");
        }

        r = json_scan(text, length, &request_limits, walk_parameters, &walk, &fault);
        if (r < 0)
                return fault_to_error(r, &fault, text, length, error);

        *ret = p;
        p = PARAMETERS_NULL;
        *ret_method = walk.method;
        return 0;
}

void parameters_write(const Parameters *p, const Method *method, JsonWriter *w) {
        json_begin_object(w);

        for (const Parameter *row = method->parameters; row->name; row++) {
                const void *member = (const uint8_t *) p + row->offset;

                switch (row->type) {
                case PARAMETER_BOOLEAN:
                        if (*(const bool *) member)
                                json_write_key_bool(w, row->name, true);
                        break;
                case PARAMETER_STRING:
                        if (*(char *const *) member)
                                json_write_key_string(w, row->name, *(char *const *) member);
                        break;
                case PARAMETER_STRINGS:
                        if (*(char **const *) member)
                                json_write_key_strv(w, row->name, *(char **const *) member);
                        break;
                case PARAMETER_UNSIGNED:
                        if (*(const uint64_t *) member != UNSIGNED_UNSET)
                                json_write_key_u64(w, row->name, *(const uint64_t *) member);
                        break;
                }
        }

        json_end_object(w);
}
