/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Single properties of the manager's objects, and what its errors mean to our callers; see manager.h. */

#include "common/escape.h"
#include "common/strv.h"
#include "daemon/worker/manager/manager.h"

int manager_unit_path(const char *unit, char **ret, Error *error) {
        int r;

        r = sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit, ret);
        if (r < 0)
                return error_set(error, ERROR_INTERNAL, "No memory for the path of a unit.");
        return 0;
}

int manager_property_call(Manager *m, const char *path, const char *interface, const char *property,
        sd_bus_message **ret, Error *error) {
        _cleanup_message_ sd_bus_message *call = NULL;
        int r;

        r = manager_message_new(m, path, "org.freedesktop.DBus.Properties", "Get", &call, error);
        if (r < 0)
                return r;

        r = sd_bus_message_append(call, "ss", interface, property);
        if (r < 0)
                return manager_nonsense(r, error);

        *ret = TAKE_PTR(call);
        return 0;
}

int manager_get_property(Manager *m, const char *path, const char *interface, const char *property,
        const char *type, sd_bus_message **ret, Error *error) {
        _cleanup_message_ sd_bus_message *call = NULL, *reply = NULL;
        int r;

        r = manager_property_call(m, path, interface, property, &call, error);
        if (r < 0)
                return r;

        r = manager_call(m, call, &reply, error);
        if (r < 0)
                return r;

        r = sd_bus_message_enter_container(reply, 'v', type);
        if (r <= 0)
                return manager_nonsense(r, error);

        *ret = TAKE_PTR(reply);
        return 0;
}

int manager_get_trivial(Manager *m, const char *path, const char *interface, const char *property, char type,
        void *ret, Error *error) {
        _cleanup_message_ sd_bus_message *reply = NULL;
        int r;

        r = manager_get_property(m, path, interface, property, (const char[]){ type, 0 }, &reply, error);
        if (r < 0)
                return r;

        r = sd_bus_message_read_basic(reply, type, ret);
        return r > 0 ? 0 : manager_nonsense(r, error);
}

int manager_get_string(Manager *m, const char *path, const char *interface, const char *property, char **ret,
        Error *error) {
        _cleanup_message_ sd_bus_message *reply = NULL;
        const char *s;
        int r;

        r = manager_get_property(m, path, interface, property, "s", &reply, error);
        if (r < 0)
                return r;

        r = sd_bus_message_read_basic(reply, 's', &s);
        if (r <= 0)
                return manager_nonsense(r, error);

        *ret = strdup(s);
        return *ret ? 0 : manager_nonsense(-ENOMEM, error);
}

int manager_get_strv(Manager *m, const char *path, const char *interface, const char *property, char ***ret,
        Error *error) {
        _cleanup_message_ sd_bus_message *reply = NULL;
        int r;

        r = manager_get_property(m, path, interface, property, "as", &reply, error);
        if (r < 0)
                return r;

        r = sd_bus_message_read_strv(reply, ret);
        return r >= 0 ? 0 : manager_nonsense(r, error);
}

typedef struct ErrorMapping {
        const char *name;
        ErrorCode code;
} ErrorMapping;

/* In the order of the search; a name that ends with a dot stands for all that begin so. */
static const ErrorMapping error_mappings[] = {
        { "org.freedesktop.systemd1.JobTypeNotApplicable", ERROR_UNIT_UNSUITED },
        { "org.freedesktop.systemd1.LoadFailed", ERROR_UNIT_BROKEN },
        { "org.freedesktop.systemd1.NoIsolation", ERROR_UNIT_PROTECTED },
        { "org.freedesktop.systemd1.NoSuchUnit", ERROR_NO_SUCH_UNIT },
        { "org.freedesktop.systemd1.NoUnitForPID", ERROR_NO_SUCH_UNIT },
        { "org.freedesktop.systemd1.OnlyByDependency", ERROR_UNIT_PROTECTED },
        { "org.freedesktop.systemd1.TransactionIsDestructive", ERROR_UNIT_PROTECTED },
        { "org.freedesktop.DBus.Error.FileNotFound", ERROR_NO_SUCH_UNIT },
        { "org.freedesktop.DBus.Error.InvalidArgs", ERROR_UNIT_REFUSED },
        { "org.freedesktop.DBus.Error.FileExists", ERROR_UNIT_REFUSED },
        { "org.freedesktop.DBus.Error.NotSupported", ERROR_UNIT_UNSUITED },
        { "org.freedesktop.DBus.Error.PropertyReadOnly", ERROR_UNIT_REFUSED },
        { "org.freedesktop.DBus.Error.UnknownProperty", ERROR_UNIT_REFUSED },
        { "org.freedesktop.DBus.Error.ServiceUnknown", ERROR_MANAGER_NOT_RUNNING },
        { "org.freedesktop.DBus.Error.NameHasNoOwner", ERROR_MANAGER_NOT_RUNNING },
        { "org.freedesktop.DBus.Error.Timeout", ERROR_TIMEOUT },
        /* UnitMasked, BadUnitSetting, ScopeNotRunning, … */
        { "org.freedesktop.systemd1.", ERROR_UNIT_REFUSED },
        /* An errno, of a unit's files as a rule. */
        { "org.freedesktop.DBus.Error.InconsistentMessage", ERROR_UNIT_REFUSED },
        { "System.Error.", ERROR_UNIT_REFUSED },
};

static ErrorCode find_error_code(const char *name) {
        for (size_t i = 0; i < ELEMENTSOF(error_mappings); i++) {
                const ErrorMapping *row = error_mappings + i;

                if (endswith(row->name, ".") ? startswith(name, row->name) != NULL : streq(name, row->name))
                        return row->code;
        }

        return ERROR_MANAGER_FAILED;
}

/* Where the manager's own words say too little to go on with. Where it has one name for several things, the
 * message has to have the words. */
static const struct {
        const char *name, *words, *sentence;
} sentences[] = {
        { "org.freedesktop.systemd1.JobTypeNotApplicable", "reload",
                "The unit cannot be reloaded: a service can if it has ExecReload=, units of most other types never." },
        { "org.freedesktop.systemd1.UnitBusy", "not inactive",
                "The unit is active, or a job of it is queued: stop it first." },
        { "org.freedesktop.systemd1.UnitExists", NULL,
                "A unit of that name is loaded already, or has a file: take another name. One that is left over from an "
                "earlier run goes with \"userunitctl reset-failed\" or \"stop\"." },
};

static const char *find_sentence(const char *name, const char *message) {
        for (size_t i = 0; name && i < ELEMENTSOF(sentences); i++)
                if (streq(sentences[i].name, name) &&
                        (!sentences[i].words || strstr(strempty(message), sentences[i].words)))
                        return sentences[i].sentence;
        return NULL;
}

int manager_error(const char *name, const char *message, Error *error) {
        ErrorCode code = name ? find_error_code(name) : ERROR_MANAGER_FAILED;
        const char *sentence = find_sentence(name, message);
        _cleanup_free_ char *shown = NULL;

        if (code == ERROR_MANAGER_NOT_RUNNING)
                return error_set(error, code, "The service manager of this account is not running.");
        if (sentence)
                return error_set(error, code, "%s", sentence);

        shown = escape_log(isempty(message) ? strempty(name) : message);
        return error_set(error, code, "%s", isempty(shown) ? error_code_doc(code) : shown);
}
