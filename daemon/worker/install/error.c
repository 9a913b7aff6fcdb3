/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What went wrong with unit files, in words: systemctl's own where it has some. */

#include "common/escape.h"
#include "common/strv.h"
#include "daemon/worker/install/install.h"

/* Of what was done before it went wrong so much is told. */
#define DONE_SIZE_MAX 2048U

static const struct {
        int error;
        ErrorCode code;
        const char *text; /* the path comes first, then the source */
} fault_table[] = {
        { -ERFKILL, ERROR_UNIT_REFUSED, "Unit %1$s is masked" },
        { -EADDRNOTAVAIL, ERROR_UNIT_REFUSED, "Unit %1$s is transient or generated" },
        { -EBADSLT, ERROR_UNIT_REFUSED, "Invalid specifier in unit %1$s" },
        { -EIDRM, ERROR_UNIT_REFUSED,
                "Refusing to operate on template unit %2$s when destination unit %1$s is a non-template unit" },
        { -EUCLEAN, ERROR_UNIT_REFUSED, "Invalid unit name %1$s" },
        { -ELOOP, ERROR_UNIT_REFUSED, "Refusing to operate on linked unit file %1$s" },
        { -ENOENT, ERROR_NO_SUCH_UNIT, "Unit %1$s does not exist" },
        { -ENOLINK, ERROR_NO_SUCH_UNIT, "Unit %1$s is an unresolvable alias" },
        { -EUNATCH, ERROR_UNIT_REFUSED, "Cannot resolve specifiers in unit %1$s" },
        { -EBADMSG, ERROR_UNIT_REFUSED, "File %1$s has a section header that is not closed" },
        { -EBADFD, ERROR_UNIT_REFUSED, "File %1$s is not a regular file" },
        { -EISDIR, ERROR_UNIT_REFUSED, "File %1$s is a directory" },
        { -EFBIG, ERROR_UNIT_REFUSED, "File %1$s is too large for a unit file" },
        { -E2BIG, ERROR_UNAVAILABLE, "In %1$s there are too many files" },
        { -EINVAL, ERROR_UNIT_REFUSED, "Unit %1$s is none that this can be done to" },
        { -ENAMETOOLONG, ERROR_UNIT_REFUSED, "A name in unit %1$s gets too long" },
};

static int fault_text(const InstallFault *fault, ErrorCode *ret_code, char **ret) {
        *ret_code = ERROR_UNIT_REFUSED;
        if (fault->error == -EEXIST)
                return asprintf(ret, "File '%s' already exists%s%s", fault->path,
                        fault->source ? " and is a symlink to " : "", strempty(fault->source));
        if (fault->error == -EXDEV && fault->source)
                return asprintf(ret, "Cannot alias %s as %s", fault->source, fault->path);
        if (fault->error == -EXDEV)
                return asprintf(ret, "Invalid unit reference %s", fault->path);

        for (size_t i = 0; i < ELEMENTSOF(fault_table); i++) {
                if (fault_table[i].error != fault->error)
                        continue;
                *ret_code = fault_table[i].code;
                return asprintf(ret, fault_table[i].text, fault->path, strempty(fault->source));
        }

        /* The file system's own: no space, read-only, not permitted. */
        *ret_code = ERROR_HOME_UNAVAILABLE;
        return asprintf(ret, "File %s: %s", fault->path, strerrordesc_np(-fault->error));
}

/* What is not as it was. "" where all is. */
static char *done_text(const InstallChanges *changes) {
        char *text = strdup("");

        for (size_t i = 0; text && i < changes->n; i++) {
                const InstallChange *c = changes->items + i;
                _cleanup_free_ char *before = text;
                bool made = c->type == INSTALL_SYMLINK;
                int n;

                if (!made && c->type != INSTALL_UNLINK)
                        n = asprintf(&text, "%s", before);
                else if (strlen(before) > DONE_SIZE_MAX) {
                        n = asprintf(&text, "%s …", before);
                        i = changes->n;
                } else
                        n = asprintf(&text, "%s%s %s '%s'", before,
                                *before ? "," : ". Done before that:", made ? "created" : "removed",
                                c->path);
                if (n < 0)
                        return NULL;
        }
        return text;
}

int install_error(const Install *in, int r, Error *error) {
        const InstallFault unknown = { .error = r, .path = (char *) strempty(in->config) };
        _cleanup_free_ char *text = NULL, *done = done_text(&in->changes), *all = NULL, *shown = NULL;
        ErrorCode code;

        if (r != -ENOMEM && done &&
                fault_text(in->fault.error < 0 ? &in->fault : &unknown, &code, &text) >= 0 &&
                asprintf(&all, "%s%s", text, done) >= 0)
                shown = escape_terminal(all);
        if (!shown)
                return error_set(error, ERROR_INTERNAL, "No memory for the account's unit files.");
        return error_set(error, code, "%s.", shown);
}
