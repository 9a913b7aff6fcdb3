/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Options whose values are words of systemd's: types, states, signals, ways to write a time. */

#include <signal.h>

#include "client/message.h"
#include "client/options/row.h"
#include "client/terminal/text.h"
#include "client/unit-words.h"
#include "common/strv.h"

/* As systemctl's: load states can stand among the types. */
int option_add_types(const OptionRow *row, Options *o, const char *value) {
        _cleanup_strv_free_ char **words = NULL;
        int r;

        r = option_add_words(&words, value);
        if (r < 0)
                return r;
        STRV_FOREACH(word, words) {
                if (streq(*word, "help")) {
                        unit_types_print();
                        return 1;
                }
                if (!unit_type_is_valid(*word) && !load_state_is_valid(*word)) {
                        message_error(
                                "Unknown unit type or load state '%s'; there are service, mount, swap, socket, "
                                "target, device, automount, timer, path, slice and scope.",
                                *word);
                        return -EINVAL;
                }
                r = strv_extend(unit_type_is_valid(*word) ? &o->types : &o->states, *word);
                if (r < 0)
                        return r;
        }
        return 0;
}

int option_add_states(const OptionRow *row, Options *o, const char *value) {
        _cleanup_strv_free_ char **words = NULL;
        int r;

        r = option_add_words(&words, value);
        if (r < 0)
                return r;
        STRV_FOREACH(word, words) {
                const char *meant;

                if (streq(*word, "help")) {
                        unit_states_print();
                        return 1;
                }
                if (!unit_state_is_valid(*word)) {
                        meant = unit_state_suggest(*word);
                        message_error(
                                "Unknown state '%s'%s%s%s. There are active, inactive, failed, activating, loaded, "
                                "masked, running, exited, enabled and many more, which --state=help lists.",
                                *word, meant ? "; did you mean '" : "", strempty(meant), meant ? "'" : "");
                        return -EINVAL;
                }
                r = strv_extend(&o->states, *word);
                if (r < 0)
                        return r;
        }
        return 0;
}

int option_set_timestamp(const OptionRow *row, Options *o, const char *value) {
        if (streq(value, "help")) {
                puts("pretty\nus\nutc\nus+utc\nunix");
                return 1;
        }
        if (text_set_timestamp_style(value))
                return 0;
        message_error("Unknown timestamp '%s': there are pretty, us, utc, us+utc and unix.", value);
        return -EINVAL;
}

/* As systemctl's; what is a signal is for the service to say. */
int option_set_signal(const OptionRow *row, Options *o, const char *value) {
        if (!streq(value, "help") && !streq(value, "list"))
                return option_set_string(row, o, value);

        for (int number = 1; number < SIGRTMIN; number++)
                if (sigabbrev_np(number))
                        printf("SIG%s\n", sigabbrev_np(number));
        puts("SIGRTMIN");
        for (int i = 1; i < SIGRTMAX - SIGRTMIN; i++)
                printf("SIGRTMIN+%d\n", i);
        puts("SIGRTMAX");
        return 1;
}
