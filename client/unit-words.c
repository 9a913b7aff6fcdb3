/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Types and states of units, see unit-words.h. */

#include "client/unit-words.h"

#include "common/suggest.h"

const char *const unit_types[] = { "service", "mount", "swap", "socket", "target", "device", "automount",
        "timer", "path", "slice", "scope", NULL };

static const char *const load_states[] = { "stub", "loaded", "not-found", "bad-setting", "error", "merged",
        "masked", NULL };

static const char *const active_states[] = { "active", "reloading", "inactive", "failed", "activating",
        "deactivating", "maintenance", "refreshing", NULL };

static const char *const file_states[] = { "enabled", "enabled-runtime", "linked", "linked-runtime", "alias",
        "masked", "masked-runtime", "static", "disabled", "indirect", "generated", "transient", "bad",
        "not-found", NULL };

static const char *const automount_states[] = { "dead", "waiting", "running", "failed", NULL };

static const char *const device_states[] = { "dead", "tentative", "plugged", NULL };

static const char *const mount_states[] = { "dead", "mounting", "mounting-done", "mounted", "remounting",
        "unmounting", "remounting-sigterm", "remounting-sigkill", "unmounting-sigterm", "unmounting-sigkill",
        "failed", "cleaning", NULL };

static const char *const path_states[] = { "dead", "waiting", "running", "failed", NULL };

static const char *const scope_states[] = { "dead", "start-chown", "running", "abandoned", "stop-sigterm",
        "stop-sigkill", "failed", NULL };

static const char *const service_states[] = { "dead", "condition", "start-pre", "start", "start-post",
        "running", "exited", "reload", "reload-signal", "reload-notify", "reload-post", "refresh-extensions",
        "refresh-credentials", "mounting", "stop", "stop-watchdog", "stop-sigterm", "stop-sigkill",
        "stop-post", "final-watchdog", "final-sigterm", "final-sigkill", "failed",
        "dead-before-auto-restart", "failed-before-auto-restart", "dead-resources-pinned", "auto-restart",
        "auto-restart-queued", "cleaning", NULL };

static const char *const slice_states[] = { "dead", "active", NULL };

static const char *const socket_states[] = { "dead", "start-pre", "start-open", "start-chown", "start-post",
        "listening", "deferred", "running", "stop-pre", "stop-pre-sigterm", "stop-pre-sigkill", "stop-post",
        "final-sigterm", "final-sigkill", "failed", "cleaning", NULL };

static const char *const swap_states[] = { "dead", "activating", "activating-done", "active", "deactivating",
        "deactivating-sigterm", "deactivating-sigkill", "failed", "cleaning", NULL };

static const char *const target_states[] = { "dead", "active", NULL };

static const char *const timer_states[] = { "dead", "waiting", "running", "elapsed", "failed", NULL };

static const struct {
        const char *title;
        const char *const *words;
} state_groups[] = {
        { "unit load states", load_states },
        { "unit active states", active_states },
        { "unit file states", file_states },
        { "automount unit substates", automount_states },
        { "device unit substates", device_states },
        { "mount unit substates", mount_states },
        { "path unit substates", path_states },
        { "scope unit substates", scope_states },
        { "service unit substates", service_states },
        { "slice unit substates", slice_states },
        { "socket unit substates", socket_states },
        { "swap unit substates", swap_states },
        { "target unit substates", target_states },
        { "timer unit substates", timer_states },
};

static bool contains(const char *const *words, const char *word) {
        for (; *words; words++)
                if (streq(*words, word))
                        return true;
        return false;
}

bool unit_type_is_valid(const char *word) {
        return contains(unit_types, word);
}

bool load_state_is_valid(const char *word) {
        return contains(load_states, word);
}

bool unit_state_is_valid(const char *word) {
        for (size_t i = 0; i < ELEMENTSOF(state_groups); i++)
                if (contains(state_groups[i].words, word))
                        return true;
        return false;
}

static const char *state_at(size_t n) {
        for (size_t i = 0; i < ELEMENTSOF(state_groups); i++)
                for (const char *const *word = state_groups[i].words; *word; word++)
                        if (n-- == 0)
                                return *word;
        return "";
}

const char *unit_state_suggest(const char *word) {
        size_t n = 0;

        for (size_t i = 0; i < ELEMENTSOF(state_groups); i++)
                for (const char *const *w = state_groups[i].words; *w; w++)
                        n++;
        return word_suggest(word, state_at, n);
}

void unit_types_print(void) {
        puts("Available unit types:");
        for (const char *const *type = unit_types; *type; type++)
                puts(*type);
}

void unit_states_print(void) {
        for (size_t i = 0; i < ELEMENTSOF(state_groups); i++) {
                printf("%sAvailable %s:\n", i > 0 ? "\n" : "", state_groups[i].title);
                for (const char *const *word = state_groups[i].words; *word; word++)
                        puts(*word);
        }
}

const char *unit_type_of(const char *unit) {
        const char *dot = unit ? strrchr(unit, '.') : NULL;

        return dot ? dot + 1 : NULL;
}
