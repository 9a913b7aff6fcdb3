/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Words as a shell reads them. */

#include "common/macro.h"

/* As systemctl show-environment writes values: as they are where a shell would take them so, otherwise in
 * $'…'. Of what could do harm on a terminal the bytes are written as octal numbers, which mean the same to a
 * shell. malloc()ed; NULL: no memory. */
char *shell_quote_value(const char *value);

/* One word in '…' for any POSIX shell, which reads it back as it is. malloc()ed; NULL: no memory. */
char *shell_word_quoted(const char *word);

/* The same, as it is where no shell would make anything else of it: for commands that people read. */
char *shell_word(const char *word);

/* Length of the variable's name that a word begins with; 0 where it begins with none. */
size_t shell_name_length(const char *word);

/* NAME=VALUE as a shell reads it back. What has no name that a shell would take comes from whoever lies, and
 * could be a command: there is no assignment for it. Returns 1 and the text, malloc()ed; 0, or -ENOMEM. */
int shell_assignment(const char *variable, char **ret);
