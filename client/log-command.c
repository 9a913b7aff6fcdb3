/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The command that shows a log, see log-command.h. */

#include "client/log-command.h"

#include <pwd.h>

#include "client/message.h"
#include "client/remote.h"
#include "common/address.h"
#include "common/strv.h"
#include "common/unit-name.h"

char *log_command(uid_t uid, const char *unit, const char *lines) {
        _cleanup_free_ char *quoted = NULL, *limit = NULL;
        char *text = NULL;
        int n;

        if (lines && asprintf(&limit, "--lines=%s ", lines) < 0)
                return NULL;
        if (unit && strchr(unit, '\\'))
                quoted = remote_quote(unit);
        else if (unit)
                quoted = strdup(unit);
        if (unit && !quoted)
                return NULL;

        /* What the manager says of the unit, and what the unit says. Of one's own journalctl knows both. */
        if (!unit)
                n = asprintf(&text, "journalctl %s_UID=%u", strempty(limit), uid);
        else if (uid == getuid())
                n = asprintf(&text, "journalctl %s--user-unit=%s", strempty(limit), quoted);
        else
                n = asprintf(&text, "journalctl %s_UID=%u USER_UNIT=%s + _UID=%u _SYSTEMD_USER_UNIT=%s",
                        strempty(limit), uid, quoted, uid, quoted);
        return n < 0 ? NULL : text;
}

bool log_verb_is(const char *name) {
        static const char *const names[] = { "log", "logs", "journal", "journalctl", "show-log", NULL };

        for (size_t i = 0; names[i]; i++)
                if (streq(name, names[i]))
                        return true;
        return false;
}

/* Where the account is not known the command is not either. */
static bool find_uid(const char *account, uid_t *ret) {
        const struct passwd *pw;

        if (!account) {
                *ret = getuid();
                return true;
        }
        if (uid_parse(account, ret) >= 0)
                return true;
        pw = getpwnam(account);
        if (pw)
                *ret = pw->pw_uid;
        return pw;
}

/* The command for [ACCOUNT/]UNIT; *ret is NULL where that names no unit or account. Returns 0 or -ENOMEM. */
static int command_of(const Client *c, const char *argument, char **ret) {
        _cleanup_(address_done) Address a = {};
        _cleanup_free_ char *unit = NULL;
        uid_t uid;
        int r;

        *ret = NULL;
        r = address_parse(argument, &a, NULL);
        if (r == -EINVAL)
                return 0;
        if (r >= 0 && a.unit)
                r = unit_name_mangle(a.unit, ".service", 0, &unit);
        if (r == -ENOMEM)
                return r;
        if (r < 0 || a.account_glob || !find_uid(a.account ? a.account : c->options.account, &uid))
                return 0;
        *ret = log_command(uid, unit, c->options.lines);
        return *ret ? 0 : -ENOMEM;
}

int log_verb_refuse(const Client *c, const char *name, char *const *arguments) {
        static const char general[] =
                "journalctl _UID=UID USER_UNIT=UNIT + _UID=UID _SYSTEMD_USER_UNIT=UNIT";
        bool any = false;

        message_error(
                "There is no verb '%s'; logs come with a later version, and until then journalctl has them:",
                name);
        STRV_FOREACH(argument, arguments) {
                _cleanup_free_ char *command = NULL;

                if (command_of(c, *argument, &command) < 0)
                        return message_errno(-ENOMEM);
                if (!command)
                        continue;
                message_note("    %s", command);
                any = true;
        }
        if (!any)
                message_note("    %s", general);
        return EXIT_CODE_INVALID;
}
