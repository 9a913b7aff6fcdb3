/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * From the payload of a frame to a query, see query.h. The daemon has written it; what is checked here again
 * is what a mistake over there must not turn into something read.
 */

#include "daemon/journal/query.h"

#include "common/address.h"
#include "common/json-scan.h"
#include "common/pattern.h"
#include "common/strv.h"

static const JsonLimits query_limits = { .max_length = FRAME_SIZE_MAX, .max_depth = 8 };
static const JsonLimits line_limits = { .max_length = FRAME_SIZE_MAX };

void query_done(Query *query) {
        parameters_done(&query->parameters);
        grants_done(&query->grants);
        strv_free(query->preface);
        free(query->end);
        *query = QUERY_NULL;
}

typedef enum QueryMember {
        MEMBER_NONE,
        MEMBER_GRANTS,
        MEMBER_EVERYONE,
        MEMBER_PREFACE,
        MEMBER_END,
        MEMBER_UID,
        MEMBER_ACCOUNT,
        MEMBER_UNITS,
} QueryMember;

typedef struct QueryWalk {
        Query *query;
        QueryMember member; /* of the object at the top */
        QueryMember inner;  /* of the grant that is open */
        JournalGrant grant;
        bool has_uid, has_grants;
        size_t n_units, n_lines;
} QueryWalk;

static int refuse(JsonEvent *event, const char *reason) {
        event->reason = reason;
        return -EBADMSG;
}

/* Appends to an array that knows its length; names come by the thousand. */
static int append_text(JsonEvent *event, char ***list, size_t *n) {
        const char *text;
        char **grown;
        int r;

        r = json_event_text(event, &text, NULL);
        if (r < 0)
                return r;
        grown = reallocarray(*list, *n + 2, sizeof(char *));
        if (!grown)
                return -ENOMEM;
        *list = grown;
        grown[*n] = strdup(text);
        if (!grown[*n])
                return -ENOMEM;
        grown[++*n] = NULL;
        return 0;
}

/* A line must be one object, for it is passed on as it is. */
static bool line_is_valid(const char *line) {
        return line[0] == '{' && !strchr(line, '\n') &&
                json_scan(line, strlen(line), &line_limits, NULL, NULL, NULL) == 0;
}

static int take_line(JsonEvent *event, char ***list, size_t *n) {
        int r;

        if (event->type != JSON_STRING)
                return refuse(event, "must be a string");
        if (*n >= QUERY_PREFACE_MAX)
                return refuse(event, "too many lines");
        r = append_text(event, list, n);
        if (r < 0)
                return r;
        return line_is_valid((*list)[*n - 1]) ? 0 : refuse(event, "is no line");
}

static int take_end(JsonEvent *event, QueryWalk *walk) {
        _cleanup_strv_free_ char **list = NULL;
        size_t n = 0;
        int r;

        r = take_line(event, &list, &n);
        if (r < 0)
                return r;
        walk->query->end = TAKE_PTR(list[0]);
        return 0;
}

static int take_top_key(JsonEvent *event, QueryWalk *walk) {
        static const struct {
                const char *name;
                QueryMember member;
        } members[] = {
                { "grants", MEMBER_GRANTS },
                { "everyone", MEMBER_EVERYONE },
                { "preface", MEMBER_PREFACE },
                { "end", MEMBER_END },
        };

        for (size_t i = 0; i < ELEMENTSOF(members); i++)
                if (json_event_text_is(event, members[i].name)) {
                        walk->member = members[i].member;
                        return 0;
                }
        return refuse(event, "unknown member");
}

/* A value of the object at the top, or the bracket of one. */
static int take_top_value(JsonEvent *event, QueryWalk *walk) {
        bool array = event->type == JSON_ARRAY_BEGIN || event->type == JSON_ARRAY_END;

        switch (walk->member) {
        case MEMBER_EVERYONE:
                if (event->type != JSON_BOOL)
                        return refuse(event, "must be true or false");
                walk->query->grants.everyone = event->boolean;
                return 0;
        case MEMBER_END:
                return take_end(event, walk);
        case MEMBER_GRANTS:
                walk->has_grants = true;
                return array ? 0 : refuse(event, "must be an array");
        case MEMBER_PREFACE:
                return array ? 0 : refuse(event, "must be an array");
        default:
                return refuse(event, "out of place");
        }
}

static int begin_grant(JsonEvent *event, QueryWalk *walk) {
        if (walk->query->grants.n >= ACCOUNTS_PER_REQUEST_MAX)
                return refuse(event, "too many accounts");
        grant_done(&walk->grant);
        walk->has_uid = false;
        walk->n_units = 0;
        walk->inner = MEMBER_NONE;
        return 0;
}

static int end_grant(JsonEvent *event, QueryWalk *walk) {
        if (!walk->has_uid || !walk->grant.units)
                return refuse(event, "a grant has a uid and units");
        return grants_add(&walk->query->grants, &walk->grant);
}

static int take_uid(JsonEvent *event, QueryWalk *walk) {
        uint64_t value;

        if (event->type != JSON_NUMBER || json_event_u64(event, &value) < 0 || value >= UINT32_MAX ||
                value == UINT16_MAX)
                return refuse(event, "is no uid");
        walk->grant.uid = (uid_t) value;
        walk->has_uid = true;
        return 0;
}

static int take_account(JsonEvent *event, QueryWalk *walk) {
        const char *text;
        int r;

        if (event->type != JSON_STRING)
                return refuse(event, "must be a string");
        r = json_event_text(event, &text, NULL);
        if (r < 0)
                return r;
        if (!account_name_is_valid(text))
                return refuse(event, "is no name of an account");
        walk->grant.account = strdup(text);
        return walk->grant.account ? 0 : -ENOMEM;
}

/* A member of a grant. */
static int take_grant(JsonEvent *event, QueryWalk *walk) {
        if (event->type == JSON_KEY) {
                if (json_event_text_is(event, "uid"))
                        walk->inner = MEMBER_UID;
                else if (json_event_text_is(event, "account"))
                        walk->inner = MEMBER_ACCOUNT;
                else if (json_event_text_is(event, "units"))
                        walk->inner = MEMBER_UNITS;
                else
                        return refuse(event, "unknown member");
                return 0;
        }

        switch (walk->inner) {
        case MEMBER_UID:
                return take_uid(event, walk);
        case MEMBER_ACCOUNT:
                return take_account(event, walk);
        case MEMBER_UNITS:
                if (event->type == JSON_ARRAY_END)
                        return 0;
                if (event->type != JSON_ARRAY_BEGIN)
                        return refuse(event, "must be an array");
                walk->grant.units = calloc(1, sizeof(char *));
                return walk->grant.units ? 0 : -ENOMEM;
        default:
                return refuse(event, "out of place");
        }
}

static int take_unit(JsonEvent *event, QueryWalk *walk) {
        const char *unit;
        int r;

        if (walk->inner != MEMBER_UNITS || event->type != JSON_STRING)
                return refuse(event, "must be a string");
        if (walk->n_units >= READ_PAIRS_MAX)
                return refuse(event, "too many units");
        r = append_text(event, &walk->grant.units, &walk->n_units);
        if (r < 0)
                return r;
        unit = walk->grant.units[walk->n_units - 1];
        if (!pattern_is_valid(unit))
                return refuse(event, "is no pattern of units");
        walk->grant.whole = walk->grant.whole || streq(unit, "*");
        return 0;
}

static int walk_query(JsonEvent *event, void *userdata) {
        QueryWalk *walk = userdata;

        switch (event->depth) {
        case 0:
                if (event->type != JSON_OBJECT_BEGIN && event->type != JSON_OBJECT_END)
                        return refuse(event, "a query is an object");
                return 0;
        case 1:
                return event->type == JSON_KEY ? take_top_key(event, walk) : take_top_value(event, walk);
        case 2:
                if (walk->member == MEMBER_PREFACE)
                        return take_line(event, &walk->query->preface, &walk->n_lines);
                if (event->type == JSON_OBJECT_BEGIN)
                        return begin_grant(event, walk);
                if (event->type == JSON_OBJECT_END)
                        return end_grant(event, walk);
                return refuse(event, "a grant is an object");
        case 3:
                return take_grant(event, walk);
        case 4:
                return take_unit(event, walk);
        default:
                return refuse(event, "nested too deep");
        }
}

static int parse_answer(const char *text, size_t size, Query *query, Error *error) {
        QueryWalk walk = { .query = query };
        JsonFault fault;
        int r;

        r = json_scan(text, size, &query_limits, walk_query, &walk, &fault);
        grant_done(&walk.grant);
        if (r >= 0)
                r = grants_sort(&query->grants);
        if (r == -ENOMEM)
                return error_set(error, ERROR_INTERNAL, "No memory for the query.");
        if (r < 0)
                return error_set(error, ERROR_INTERNAL, "Malformed query at offset %zu%s%s: %s.",
                        fault.offset, isempty(fault.path) ? "" : ", in ", fault.path, fault.reason);
        if (!query->end || !walk.has_grants)
                return error_set(error, ERROR_INTERNAL, "Malformed query: it lacks grants or an end.");
        return 0;
}

int query_parse(const char *payload, size_t size, Query *ret, Error *error) {
        _cleanup_(query_done) Query query = QUERY_NULL;
        const char *behind;
        int r;

        behind = memchr(payload, 0, size);
        if (!behind)
                return error_set(error, ERROR_INTERNAL, "Malformed query: it has no second part.");

        r = request_parse(payload, (size_t) (behind - payload), &query.method, &query.parameters, error);
        if (r < 0)
                return r;
        if (query.method->place != PLACE_JOURNAL)
                return error_set(error, ERROR_INTERNAL, "The method is not one of the journal's.");

        behind++;
        r = parse_answer(behind, size - (size_t) (behind - payload), &query, error);
        if (r < 0)
                return r;

        *ret = query;
        query = QUERY_NULL;
        return 0;
}

/* Whether a pattern means the account, by name or by uid. */
static bool account_matches(const char *pattern, uid_t uid, const char *account) {
        char digits[sizeof("4294967295")];

        (void) snprintf(digits, sizeof(digits), "%u", uid);
        return streq(pattern, digits) || (account && pattern_match(pattern, account));
}

static bool any_account_matches(char *const *patterns, uid_t uid, const char *account) {
        STRV_FOREACH(pattern, patterns)
                if (account_matches(*pattern, uid, account))
                        return true;
        return false;
}

static bool any_unit_matches(char *const *patterns, const char *unit) {
        STRV_FOREACH(pattern, patterns)
                if (streq(*pattern, "*") || (unit && pattern_match(*pattern, unit)))
                        return true;
        return false;
}

/* "ACCOUNT/UNIT", or "ACCOUNT/" for all of it. */
static bool target_matches(const char *target, uid_t uid, const char *account, const char *unit) {
        const char *slash = strrchr(target, '/');
        char pattern[PATTERN_MAX + 1];

        if (!slash || (size_t) (slash - target) >= sizeof(pattern))
                return false;
        memcpy(pattern, target, (size_t) (slash - target));
        pattern[slash - target] = 0;
        if (!account_matches(pattern, uid, account))
                return false;
        return slash[1] == 0 || streq(slash + 1, "*") || (unit && pattern_match(slash + 1, unit));
}

bool query_wants(const Query *query, uid_t uid, const char *unit) {
        const Parameters *p = &query->parameters;
        const char *account;

        if (!grants_cover(&query->grants, uid, unit))
                return false;
        if (!query->grants.everyone)
                return true;

        account = grants_account(&query->grants, uid);
        if (p->targets) {
                STRV_FOREACH(target, p->targets)
                        if (target_matches(*target, uid, account, unit))
                                return true;
                return false;
        }
        return (!p->accounts || any_account_matches(p->accounts, uid, account)) &&
                (!p->units || any_unit_matches(p->units, unit));
}
