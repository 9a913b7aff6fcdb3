/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The words of a refusal, see refusal.h. */

#include "daemon/refusal.h"

/* A name that the client made because nobody gave one. The next one is another, so no rule can have it. */
static bool is_made_up(const Method *method, const char *unit) {
        const char *id = method->id == METHOD_UNITS_RUN ? startswith(unit, "run-r") : NULL;

        return id && strspn(id, "0123456789abcdef") == 32 && streq(id + 32, ".service");
}

/* A condition on one detail; names are of the account's and unit's own alphabets, quoted for JavaScript all
 * the same. */
static void print_condition(FILE *f, const char *key, const char *value) {
        fprintf(f, " &&\n        action.lookup(\"%s\") == \"", key);
        for (const char *p = value; *p; p++) {
                if (*p == '"' || *p == '\\')
                        fputc('\\', f);
                fputc(*p, f);
        }
        fputc('"', f);
}

static int format_rule(
        const Method *method, Action action, const Account *account, const char *unit, char **ret) {
        _cleanup_free_ char *text = NULL;
        size_t size;
        FILE *f;

        f = open_memstream(&text, &size);
        if (!f)
                return -errno;

        fprintf(f, "polkit.addRule(function(action, subject) {\n    if (action.id == \"%s\"",
                action_to_id(action));
        if (account)
                print_condition(f, "account", account->name);
        if (!isempty(unit) && action != ACTION_CONTROL_MANY)
                print_condition(f, "unit", unit);
        if (account)
                print_condition(f, "verb", method->verb);
        fputs(" &&\n        subject.user == \"NAME\")\n            return polkit.Result.YES;\n});", f);

        if (fclose(f) != 0)
                return -ENOMEM;
        *ret = TAKE_PTR(text);
        return 0;
}

void refusal_error(const Method *method, Action action, const Account *account, const char *unit,
        bool password, Error *error) {
        _cleanup_free_ char *rule = NULL;
        bool made_up = is_made_up(method, strempty(unit)), shell = account && action == ACTION_EDIT;
        int r;

        if (made_up)
                unit = NULL;
        r = format_rule(method, action, account, unit, &rule);
        (void) error_set(error, ERROR_NOT_AUTHORIZED,
                "Not authorized: %s of %s%s%s needs the polkit action %s%s.%s%s%s%s%s%s", method->verb,
                account ? account->name : "every account", isempty(unit) ? "" : ", unit ", strempty(unit),
                action_to_id(action),
                password ? ", for which a password is wanted and nobody could be asked" : "",
                shell ? " To allow that is as good as a shell as " : "", shell ? account->name : "",
                shell ? "." : "", made_up ? " A rule can be about one unit only if --unit= names it." : "",
                r < 0 ? "" : "\n\n", strempty(rule));
}
