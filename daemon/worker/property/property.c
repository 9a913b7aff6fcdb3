/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Assignments to typed values, see property.h. */

#include "daemon/worker/property/property.h"

#include "common/escape.h"
#include "common/strv.h"
#include "common/suggest.h"
#include "daemon/worker/property/table.h"

/* The parts that units of a type have. */
static const struct {
        const char *suffix;
        unsigned parts;
} unit_types[] = {
        { ".automount", PART_AUTOMOUNT },
        { ".mount", PART_RESOURCE | PART_EXECUTE | PART_KILL | PART_MOUNT },
        { ".path", PART_PATH },
        { ".scope", PART_RESOURCE | PART_KILL | PART_SCOPE },
        { ".service", PART_RESOURCE | PART_EXECUTE | PART_KILL | PART_SERVICE },
        { ".slice", PART_RESOURCE },
        { ".socket", PART_RESOURCE | PART_EXECUTE | PART_KILL | PART_SOCKET },
        { ".swap", PART_RESOURCE | PART_EXECUTE | PART_KILL },
        { ".timer", PART_TIMER },
};

static unsigned parts_of(const char *unit) {
        for (size_t i = 0; i < ELEMENTSOF(unit_types); i++)
                if (endswith(unit, unit_types[i].suffix))
                        return unit_types[i].parts | PART_UNIT;
        return PART_UNIT;
}

static const PropertyKind *find_kind(const char *name, unsigned parts) {
        for (size_t i = 0; i < n_property_groups; i++)
                for (const char *const *n = property_groups[i].names;
                        (property_groups[i].parts & parts) != 0 && *n; n++)
                        if (streq(*n, name))
                                return property_groups[i].kind;
        return NULL;
}

const char *unit_property_name(size_t i) {
        for (size_t k = 0; k < n_property_groups; k++)
                for (const char *const *n = property_groups[k].names; *n; n++, i--)
                        if (i == 0)
                                return *n;
        return NULL;
}

static size_t count_names(void) {
        size_t n = 0;

        for (size_t k = 0; k < n_property_groups; k++)
                for (const char *const *name = property_groups[k].names; *name; name++)
                        n++;
        return n;
}

static int refuse_unknown(const char *unit, const char *name, Error *error) {
        const char *type = strrchr(unit, '.') ?: unit, *meant;
        _cleanup_free_ char *shown = NULL;

        if (find_kind(name, UINT32_MAX))
                return error_set(error, ERROR_INVALID_REQUEST, "%s is no property of units of the type %s.",
                        name, type + (*type == '.'));

        shown = escape_log(name);
        meant = word_suggest(name, unit_property_name, count_names());
        return error_set(error, ERROR_INVALID_REQUEST, "There is no property \"%s\" that can be set%s%s%s",
                strempty(shown), meant ? "; did you mean " : "", strempty(meant), meant ? "?" : ".");
}

static int refuse_value(const char *name, const char *value, const PropertyKind *kind, int r, Error *error) {
        _cleanup_free_ char *shown = NULL;

        if (r == -EOPNOTSUPP)
                return error_set(error, ERROR_INVALID_REQUEST,
                        "%s cannot be set here: all units of an account's manager run as the account.",
                        name);
        if (r == -ENOMEM)
                return error_set(error, ERROR_INTERNAL, "No memory for the properties of the unit.");
        shown = escape_log(value);
        return error_set(error, ERROR_INVALID_REQUEST, "\"%s\" %s for %s: it takes %s.", strempty(shown),
                r == -ERANGE ? "is out of range" : "is no value", name, kind->takes);
}

static int append_assignment(sd_bus_message *m, const char *unit, const char *assignment, Error *error) {
        const char *equals = strchr(assignment, '=');
        _cleanup_free_ char *name = NULL, *shown = NULL;
        const PropertyKind *kind;
        int r;

        if (!equals || equals == assignment) {
                shown = escape_log(assignment);
                return error_set(error, ERROR_INVALID_REQUEST, "\"%s\" is no assignment: write NAME=VALUE.",
                        strempty(shown));
        }
        name = strndup(assignment, (size_t) (equals - assignment));
        if (!name)
                return error_set(error, ERROR_INTERNAL, "No memory for the properties of the unit.");

        kind = find_kind(name, parts_of(unit));
        if (!kind)
                return refuse_unknown(unit, name, error);
        r = kind->write(m, name, equals + 1);
        return r < 0 ? refuse_value(name, equals + 1, kind, r, error) : 0;
}

int unit_properties_append(sd_bus_message *m, const char *unit, char *const *assignments, Error *error) {
        STRV_FOREACH(assignment, assignments) {
                int r;

                r = append_assignment(m, unit, *assignment, error);
                if (r < 0)
                        return r;
        }
        return 0;
}

bool unit_properties_have(char *const *assignments, const char *name) {
        size_t n = strlen(name);

        STRV_FOREACH(assignment, assignments)
                if (strncmp(*assignment, name, n) == 0 && (*assignment)[n] == '=')
                        return true;
        return false;
}
