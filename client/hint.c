/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What may have been meant, see hint.h. */

#include "client/hint.h"

#include <pwd.h>

#include "client/message.h"
#include "client/reply.h"
#include "common/address.h"
#include "common/strv.h"
#include "common/unit-name.h"

/* Names of accounts in a hint; more would not help. */
#define HINT_ACCOUNTS_MAX 5

/* Units that are looked for elsewhere: each is a request. */
#define HINT_UNITS_MAX 4

bool hint_word_is_account(const char *word) {
        const char *suffix = strrchr(word, '.');

        return !(suffix && unit_suffix_is_valid(suffix)) && account_name_is_valid(word) && getpwnam(word);
}

/* "restart svc-web app": the word behind the account's is the unit. */
static bool could_be_unit(const char *word) {
        return word && !strchr(word, '/') && !strchr(word, '=') && !hint_word_is_account(word);
}

bool hint_words(const Client *c, char *const *words) {
        bool said = false;

        if (c->options.account || c->options.all_accounts || c->options.quiet)
                return false;
        STRV_FOREACH(word, words) {
                if (!hint_word_is_account(*word))
                        continue;
                if (could_be_unit(word[1]))
                        message_note("%s is an account: write %s/%s for its unit %s.", *word, *word, word[1],
                                word[1]);
                else
                        message_note(
                                "%s is an account: write %s/UNIT for one of its units, %s/ for all of it.",
                                *word, *word, *word);
                said = true;
        }
        return said;
}

typedef struct Finding {
        char **accounts;
} Finding;

static int add_finding(Client *c, Account *account, void *userdata) {
        Finding *finding = userdata;

        if (reply_length(reply_array(account->object, "units")) == 0 || account->uid == getuid())
                return EXIT_CODE_OK;
        return strv_extend(&finding->accounts, account->name) < 0 ? EXIT_CODE_FAILURE : EXIT_CODE_OK;
}

static void tell_finding(const char *unit, char **accounts) {
        size_t n = strv_length(accounts), shown = MIN(n, (size_t) HINT_ACCOUNTS_MAX);
        _cleanup_free_ char *list = NULL;

        for (size_t i = 0; i < shown; i++) {
                const char *glue = i == 0 ? "" : i + 1 == n ? " and " : ", ";
                char *longer;

                if (asprintf(&longer, "%s%s%s", strempty(list), glue, accounts[i]) < 0)
                        return;
                free(list);
                list = longer;
        }
        if (list)
                message_note("%s is in %s%s: write %s/%s", unit, list, n > shown ? " and others" : "",
                        accounts[0], unit);
}

static void find_elsewhere(Client *c, const char *unit) {
        _cleanup_(request_done) Request list = {
                .method = method_get(METHOD_UNITS_LIST),
                .parameters = { .all = true },
                .wide = true,
                .silent = true,
        };
        Finding finding = {};

        if (strv_extend(&list.parameters.accounts, "*") < 0 || strv_extend(&list.parameters.units, unit) < 0)
                return;
        (void) request_run(c, &list, add_finding, &finding);
        if (finding.accounts)
                tell_finding(unit, finding.accounts);
        strv_free(finding.accounts);
}

void hint_missing(Client *c, const Request *q, char *const *units) {
        size_t n = 0;

        if (q->parameters.accounts || q->parameters.targets || c->options.quiet || hint_words(c, q->words))
                return;
        STRV_FOREACH(unit, units)
                if (n++ < HINT_UNITS_MAX)
                        find_elsewhere(c, *unit);
}
