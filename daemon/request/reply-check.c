/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A worker's answer against the table of fields, see reply-check.h. One pass over the strict scanner's
 * events judges; where someone wants to see the units, a second pass over the text that has passed shows
 * them.
 */

#include "daemon/request/reply-check.h"

#include <assert.h>

#include "common/limits.h"

static const JsonLimits reply_limits = { .max_length = FRAME_SIZE_MAX, .max_depth = REPLY_DEPTH_MAX };

static const Field error_fields[] = {
        { .name = "name", .type = FIELD_STRING },
        { .name = "message", .type = FIELD_STRING },
        {},
};

bool reply_error_is_acceptable(ErrorCode code) {
        switch (code) {
        case ERROR_INVALID_REQUEST:
        case ERROR_LIMIT_EXCEEDED:
        case ERROR_MANAGER_NOT_RUNNING:
        case ERROR_MANAGER_FAILED:
        case ERROR_HOME_UNAVAILABLE:
        case ERROR_TIMEOUT:
        case ERROR_NO_SUCH_UNIT:
        case ERROR_UNIT_REFUSED:
        case ERROR_UNIT_UNSUITED:
        case ERROR_UNIT_PROTECTED:
        case ERROR_UNIT_BROKEN:
        case ERROR_JOB_FAILED:
        case ERROR_NO_SUCH_FILE:
        case ERROR_REPLY_TOO_LARGE:
        case ERROR_CANCELLED:
        case ERROR_UNAVAILABLE:
        case ERROR_INTERNAL:
                return true;
        default:
                return false;
        }
}

/* What is known about one open container. */
typedef struct Level {
        const Field *fields; /* of an object; NULL in an array */
        const Field *field;  /* whose value comes, or whose array this is */
        uint64_t seen;       /* bit i: fields[i] has come */
} Level;

typedef struct Walk {
        const Field *fields;               /* of the object at the top */
        Level levels[REPLY_DEPTH_MAX + 1]; /* [d]: the container around events of depth d; none at 0 */
        unsigned properties;               /* depth of the FIELD_PROPERTIES we are in, or 0 */
        size_t begin, end;                 /* offsets of the braces */
        int changed;
        size_t n_units;
} Walk;

static int refuse(JsonEvent *event, const char *reason) {
        event->reason = reason;
        return -EBADMSG;
}

static void enter_object(Walk *walk, unsigned depth, const Field *fields) {
        assert(depth < REPLY_DEPTH_MAX);
        walk->levels[depth + 1] = (Level){ .fields = fields };
}

static int leave_object(JsonEvent *event, const Level *level) {
        for (size_t i = 0; level->fields[i].name; i++)
                if (!level->fields[i].optional && !(level->seen & UINT64_C(1) << i))
                        return refuse(event, "a member is missing");
        return 0;
}

static int take_key(JsonEvent *event, Level *level) {
        for (size_t i = 0; level->fields[i].name; i++)
                if (json_event_text_is(event, level->fields[i].name)) {
                        assert(i < 64);
                        level->field = level->fields + i;
                        level->seen |= UINT64_C(1) << i;
                        return 0;
                }
        return refuse(event, "the method has no such member");
}

static int check_error_member(JsonEvent *event, const Field *field) {
        const char *text;
        int r;

        if (event->raw_length > REPLY_MESSAGE_MAX)
                return refuse(event, "too long for an error");
        if (!streq(field->name, "name"))
                return 0;

        r = json_event_text(event, &text, NULL);
        if (r < 0)
                return r;
        if (!reply_error_is_acceptable(error_code_from_string(text)))
                return refuse(event, "not an error that a worker reports");
        return 0;
}

/* A value of an object's member. */
static int take_member(JsonEvent *event, Walk *walk) {
        const Level *level = walk->levels + event->depth;
        const Field *field = level->field;
        uint64_t number;

        switch (field->type) {
        case FIELD_BOOLEAN:
                if (event->type != JSON_BOOL)
                        return refuse(event, "must be true or false");
                if (event->depth == 1 && streq(field->name, "changed"))
                        walk->changed = event->boolean;
                return 0;
        case FIELD_UNSIGNED:
                if (event->type != JSON_NUMBER || json_event_u64(event, &number) < 0)
                        return refuse(event, "must be a number from 0");
                return 0;
        case FIELD_STRING:
                if (event->type != JSON_STRING)
                        return refuse(event, "must be a string");
                return level->fields == error_fields ? check_error_member(event, field) : 0;
        case FIELD_STRINGS:
        case FIELD_OBJECTS:
                if (event->type != JSON_ARRAY_BEGIN)
                        return refuse(event, "must be an array");
                walk->levels[event->depth + 1] = (Level){ .field = field };
                return 0;
        case FIELD_OBJECT:
                if (event->type != JSON_OBJECT_BEGIN)
                        return refuse(event, "must be an object");
                /* Every error is judged alike. */
                enter_object(walk, event->depth, streq(field->name, "error") ? error_fields : field->fields);
                return 0;
        case FIELD_PROPERTIES:
                if (event->type != JSON_OBJECT_BEGIN)
                        return refuse(event, "must be an object");
                walk->properties = event->depth;
                return 0;
        }

        return -EINVAL;
}

/* An item of a member's array. */
static int take_item(JsonEvent *event, Walk *walk) {
        const Field *field = walk->levels[event->depth].field;

        if (field->type == FIELD_STRINGS)
                return event->type == JSON_STRING ? 0 : refuse(event, "must be a string");

        if (event->type != JSON_OBJECT_BEGIN)
                return refuse(event, "must be an object");
        if (event->depth == 2 && streq(field->name, "units"))
                walk->n_units++;
        enter_object(walk, event->depth, field->fields);
        return 0;
}

static int take_top(JsonEvent *event, Walk *walk) {
        switch (event->type) {
        case JSON_OBJECT_BEGIN:
                walk->begin = event->offset;
                enter_object(walk, 0, walk->fields);
                return 0;
        case JSON_OBJECT_END:
                walk->end = event->offset;
                return leave_object(event, walk->levels + 1);
        default:
                return refuse(event, "must be an object");
        }
}

/* Inside, or at the end, of an object with members of any name and type. */
static int take_property(JsonEvent *event, Walk *walk) {
        bool begins = event->type == JSON_OBJECT_BEGIN || event->type == JSON_ARRAY_BEGIN;

        if (event->depth == walk->properties)
                walk->properties = 0;
        else if (begins && event->depth - walk->properties >= REPLY_PROPERTIES_DEPTH_MAX)
                return refuse(event, "nested too deep");
        return 0;
}

static int judge(JsonEvent *event, void *userdata) {
        Walk *walk = userdata;

        if (walk->properties > 0)
                return take_property(event, walk);
        if (event->depth == 0)
                return take_top(event, walk);

        switch (event->type) {
        case JSON_KEY:
                return take_key(event, walk->levels + event->depth);
        case JSON_OBJECT_END:
                return leave_object(event, walk->levels + event->depth + 1);
        case JSON_ARRAY_END:
                return 0;
        default:
                return walk->levels[event->depth].fields ? take_member(event, walk) : take_item(event, walk);
        }
}

static int check(const char *json, size_t n, Walk *walk, JsonFault *ret_fault) {
        return json_scan(json, n, &reply_limits, judge, walk, ret_fault);
}

/* The second pass: what is known of the unit at hand. Depths are those of {"units": [{"unit": …, "error":
 * {"name": …}}]}. */
typedef enum UnitMember {
        MEMBER_OTHER,
        MEMBER_UNIT,
        MEMBER_RESULT,
        MEMBER_CHANGED,
        MEMBER_ERROR,
} UnitMember;

typedef struct Tour {
        const ReplyVisitor *visitor;
        bool units;        /* in "units" at the top */
        UnitMember member; /* of the unit */
        bool error_name;   /* in "name" of its error */
        char *unit;
        char *result;
        ErrorCode error;
        int changed;
} Tour;

static void tour_reset(Tour *tour) {
        free(tour->unit);
        free(tour->result);
        *tour = (Tour){ .visitor = tour->visitor, .units = tour->units, .changed = -1 };
}

static UnitMember unit_member(const JsonEvent *event) {
        if (json_event_text_is(event, "unit"))
                return MEMBER_UNIT;
        if (json_event_text_is(event, "result"))
                return MEMBER_RESULT;
        if (json_event_text_is(event, "changed"))
                return MEMBER_CHANGED;
        if (json_event_text_is(event, "error"))
                return MEMBER_ERROR;
        return MEMBER_OTHER;
}

static int tour_text(JsonEvent *event, char **ret) {
        const char *text;
        int r;

        r = json_event_text(event, &text, NULL);
        if (r < 0)
                return r;
        *ret = strdup(text);
        return *ret ? 0 : -ENOMEM;
}

static int tour_member(JsonEvent *event, Tour *tour) {
        if (event->type == JSON_KEY)
                tour->member = unit_member(event);
        else if (event->type == JSON_STRING && tour->member == MEMBER_UNIT)
                return tour_text(event, &tour->unit);
        else if (event->type == JSON_STRING && tour->member == MEMBER_RESULT)
                return tour_text(event, &tour->result);
        else if (event->type == JSON_BOOL && tour->member == MEMBER_CHANGED)
                tour->changed = event->boolean;
        return 0;
}

static int tour_error(JsonEvent *event, Tour *tour) {
        const char *text;
        int r;

        if (event->type == JSON_KEY) {
                tour->error_name = json_event_text_is(event, "name");
                return 0;
        }
        if (event->type != JSON_STRING || !tour->error_name)
                return 0;

        r = json_event_text(event, &text, NULL);
        if (r < 0)
                return r;
        tour->error = error_code_from_string(text);
        return 0;
}

static int tour_unit_end(Tour *tour) {
        ReplyUnit unit = {
                .unit = tour->unit,
                .result = tour->result,
                .error = tour->error,
                .changed = tour->changed,
        };
        int r;

        r = tour->visitor->unit(&unit, tour->visitor->userdata);
        tour_reset(tour);
        return r;
}

static int show(JsonEvent *event, void *userdata) {
        Tour *tour = userdata;

        if (event->depth == 1 && event->type == JSON_KEY)
                tour->units = json_event_text_is(event, "units");
        if (!tour->units)
                return 0;

        if (event->depth == 2 && event->type == JSON_OBJECT_END)
                return tour_unit_end(tour);
        if (event->depth == 3)
                return tour_member(event, tour);
        if (event->depth == 4 && tour->member == MEMBER_ERROR)
                return tour_error(event, tour);
        return 0;
}

static bool is_space(char c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

int reply_check(const char *json, size_t n, const Method *method, const ReplyVisitor *visitor,
        ReplyFacts *ret, JsonFault *ret_fault) {
        Walk walk = { .fields = method->result, .changed = -1 };
        const char *from, *to;
        int r;

        r = check(json, n, &walk, ret_fault);
        if (r < 0)
                return r;

        if (visitor) {
                Tour tour = { .visitor = visitor, .changed = -1 };

                r = json_scan(json, n, &reply_limits, show, &tour, ret_fault);
                tour_reset(&tour);
                if (r < 0)
                        return r;
        }

        from = json + walk.begin + 1;
        to = json + walk.end;
        while (from < to && is_space(*from))
                from++;
        while (to > from && is_space(to[-1]))
                to--;

        *ret = (ReplyFacts){
                .changed = walk.changed,
                .n_units = walk.n_units,
                .members = from,
                .members_length = (size_t) (to - from),
        };
        return 0;
}

/* Takes name and message of an error that has passed. */
typedef struct ErrorTour {
        bool name;
        Error error;
} ErrorTour;

static int show_error(JsonEvent *event, void *userdata) {
        ErrorTour *tour = userdata;
        const char *text;
        int r;

        if (event->type == JSON_KEY)
                tour->name = json_event_text_is(event, "name");
        if (event->type != JSON_STRING)
                return 0;
        if (!tour->name)
                return tour_text(event, &tour->error.message);

        r = json_event_text(event, &text, NULL);
        if (r < 0)
                return r;
        tour->error.code = error_code_from_string(text);
        return 0;
}

int reply_check_error(const char *json, size_t n, Error *ret, JsonFault *ret_fault) {
        Walk walk = { .fields = error_fields };
        ErrorTour tour = {};
        int r;

        r = check(json, n, &walk, ret_fault);
        if (r >= 0)
                r = json_scan(json, n, &reply_limits, show_error, &tour, ret_fault);
        if (r < 0) {
                error_done(&tour.error);
                return r;
        }

        error_move(ret, &tour.error);
        return 0;
}
