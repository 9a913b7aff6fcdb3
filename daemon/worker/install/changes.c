/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Changes to unit files, see changes.h. */

#include "daemon/worker/install/changes.h"

#include <stdarg.h>

#include "common/strv.h"

static const struct {
        const char *word; /* the manager's */
        const char *note; /* systemctl's; the path comes first, then the source. NULL: it is a link */
} change_table[_INSTALL_CHANGE_MAX] = {
        [INSTALL_SYMLINK] = { "symlink", NULL },
        [INSTALL_UNLINK] = { "unlink", NULL },
        [INSTALL_MASKED] = { "masked", "Unit %1$s is masked, ignoring." },
        [INSTALL_MASKED_BY_GENERATOR] = { "masked by generator",
                "Unit %1$s is masked via a generator and cannot be unmasked, skipping." },
        [INSTALL_DANGLING] = { "dangling", "Unit %1$s is an alias to a non-existent unit, ignoring." },
        [INSTALL_NO_DESTINATION] = { "destination not present",
                "Unit %2$s is added as a dependency to a non-existent unit %1$s." },
        [INSTALL_AUXILIARY_FAILED] = { "auxiliary unit failed",
                "Failed to enable auxiliary unit %1$s, ignoring." },
};

void install_changes_done(InstallChanges *changes) {
        for (size_t i = 0; i < changes->n; i++) {
                free(changes->items[i].path);
                free(changes->items[i].source);
        }
        free(changes->items);
        strv_free(changes->notes);
        *changes = INSTALL_CHANGES_NULL;
}

InstallChangeType install_change_type_from_string(const char *s) {
        for (InstallChangeType i = 0; i < _INSTALL_CHANGE_MAX; i++)
                if (streq(change_table[i].word, s))
                        return i;
        return _INSTALL_CHANGE_INVALID;
}

int install_changes_add(
        InstallChanges *changes, InstallChangeType type, const char *path, const char *source) {
        _cleanup_free_ char *path_copy = strdup(path), *source_copy = NULL;
        InstallChange *grown;

        if (source)
                source_copy = strdup(source);
        if (!path_copy || (source && !source_copy))
                return -ENOMEM;

        /* By doubling. */
        if ((changes->n & (changes->n - 1)) == 0) {
                grown = reallocarray(
                        changes->items, changes->n > 0 ? changes->n * 2 : 1, sizeof(InstallChange));
                if (!grown)
                        return -ENOMEM;
                changes->items = grown;
        }

        changes->items[changes->n++] = (InstallChange){
                .type = type,
                .path = TAKE_PTR(path_copy),
                .source = TAKE_PTR(source_copy),
        };
        return 0;
}

int install_changes_note(InstallChanges *changes, const char *format, ...) {
        char *text;
        va_list ap;
        int n;

        va_start(ap, format);
        n = vasprintf(&text, format, ap);
        va_end(ap);
        if (n < 0)
                return -ENOMEM;
        return strv_consume(&changes->notes, text);
}

static bool is_link(const InstallChange *change) {
        return !change_table[change->type].note;
}

bool install_changes_any(const InstallChanges *changes) {
        for (size_t i = 0; i < changes->n; i++)
                if (is_link(changes->items + i))
                        return true;
        return false;
}

static int write_notes(const InstallChanges *changes, JsonWriter *w) {
        bool any = false;

        for (size_t i = 0; i < changes->n; i++) {
                const InstallChange *change = changes->items + i;
                _cleanup_free_ char *text = NULL;
                int n;

                if (is_link(change))
                        continue;
                /* Each of the formats takes both, by number. */
                n = asprintf(&text, change_table[change->type].note, change->path, strempty(change->source));
                if (n < 0)
                        return -ENOMEM;
                if (!any) {
                        json_write_key(w, "notes");
                        json_begin_array(w);
                }
                any = true;
                json_write_string(w, text);
        }

        if (!any && changes->notes) {
                json_write_key_strv(w, "notes", changes->notes);
                return 0;
        }
        STRV_FOREACH(note, changes->notes)
                json_write_string(w, *note);
        if (any)
                json_end_array(w);
        return 0;
}

int install_changes_write(const InstallChanges *changes, JsonWriter *w) {
        int r;

        json_write_key(w, "links");
        json_begin_array(w);
        for (size_t i = 0; i < changes->n; i++) {
                const InstallChange *change = changes->items + i;

                if (!is_link(change))
                        continue;
                json_begin_object(w);
                json_write_key_string(w, "type", change_table[change->type].word);
                json_write_key_string(w, "path", change->path);
                json_write_key_string(w, "destination", strempty(change->source));
                json_end_object(w);
        }
        json_end_array(w);

        if (changes->carries_install >= 0)
                json_write_key_bool(w, "carries_install_info", changes->carries_install);
        r = write_notes(changes, w);
        if (r < 0)
                return r;
        json_write_key_bool(w, "changed", install_changes_any(changes));
        return 0;
}
