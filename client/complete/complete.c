/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What could stand where the cursor is, see complete.h. */

#include "client/complete/complete.h"

#include "client/options/own.h"
#include "client/options/values.h"
#include "client/verbs.h"
#include "common/address.h"
#include "common/escape.h"

void candidates_done(Candidates *l) {
        for (size_t i = 0; i < l->n; i++) {
                free(l->items[i].value);
                free(l->items[i].doc);
        }
        free(l->items);
        *l = (Candidates){};
}

int candidates_add(Candidates *l, const char *prefix, const char *value, const char *doc, bool partial) {
        _cleanup_free_ char *text = NULL, *safe = NULL;

        if (asprintf(&text, "%s%s", prefix, value) < 0) {
                text = NULL;
                return -ENOMEM;
        }
        if (!startswith(text, l->current))
                return 0;
        if (!isempty(doc)) {
                safe = escape_terminal(doc);
                if (!safe)
                        return -ENOMEM;
        }

        if (l->n == l->allocated) {
                size_t n = MAX(2 * l->allocated, 64U);
                Candidate *items = reallocarray(l->items, n, sizeof(Candidate));

                if (!items)
                        return -ENOMEM;
                l->items = items;
                l->allocated = n;
        }
        l->items[l->n] = (Candidate){ TAKE_PTR(text), TAKE_PTR(safe), partial, l->n };
        l->n++;
        return 0;
}

static int compare(const void *a, const void *b) {
        const Candidate *x = a, *y = b;
        int r = strcmp(x->value, y->value);

        return r != 0 ? r : (x->order > y->order) - (x->order < y->order);
}

void candidates_sort(Candidates *l) {
        size_t n = 0;

        if (l->n == 0)
                return;
        qsort(l->items, l->n, sizeof(Candidate), compare);
        for (size_t i = 0; i < l->n; i++)
                if (n > 0 && streq(l->items[n - 1].value, l->items[i].value)) {
                        free(l->items[i].value);
                        free(l->items[i].doc);
                } else
                        l->items[n++] = l->items[i];
        l->n = n;
}

/* A row of the table of options that is looked for, by its long name or its letter. */
typedef struct OptionLookup {
        const char *wanted;
        size_t wanted_length;
        char wanted_letter;
        bool found;
        const char *name;
        char letter;
        const char *argument;
} OptionLookup;

static void look_at_option(
        const char *name, char letter, const char *argument, const char *doc, void *userdata) {
        OptionLookup *o = userdata;
        bool by_name = o->wanted && name && strlen(name) == o->wanted_length &&
                strncmp(name, o->wanted, o->wanted_length) == 0;

        if (o->found || (!by_name && (!o->wanted_letter || letter != o->wanted_letter)))
                return;
        o->found = true;
        o->name = name;
        o->letter = letter;
        o->argument = argument;
}

/* What the words before the cursor say. */
typedef struct Line {
        const Verb *verb;
        bool unknown_verb;
        size_t n_arguments;
        bool ended;           /* by "--" */
        OptionLookup waiting; /* `found`: the cursor's word is the value of this option */
        char *account;        /* the default account; NULL: one's own */
        bool all_accounts;
        bool host; /* it would run elsewhere, so nothing here knows about it */
} Line;

static bool is_run(const Line *line) {
        return line->verb && line->verb->method == METHOD_UNITS_RUN;
}

/* Those of the verb, which go before the general ones. */
static void visit_own(const Line *line, OptionVisitor visitor, void *userdata) {
        const OwnOptions *own = line->verb ? own_options_find(line->verb->name) : NULL;

        if (is_run(line))
                options_visit_run(visitor, userdata);
        if (own)
                own_options_visit(own, visitor, userdata);
}

/* A row, by one of the two members of the lookup that say what is wanted. */
static bool find_option(const Line *line, OptionLookup *o) {
        visit_own(line, look_at_option, o);
        options_visit(look_at_option, o);
        return o->found;
}

static void line_done(Line *line) {
        free(line->account);
}

static int take_account(Line *line, const char *text, bool machine) {
        _cleanup_(address_done) Address a = {};
        int r;

        r = machine ? address_parse_machine(text, &a, NULL) : address_parse_account(text, &a, NULL);
        if (r < 0)
                return r == -EINVAL ? 0 : r;
        free(line->account);
        line->account = TAKE_PTR(a.account);
        return 0;
}

static int take_option(Line *line, const OptionLookup *o, const char *value) {
        if (streq_ptr(o->name, "host"))
                line->host = true;
        else if (streq_ptr(o->name, "all-accounts"))
                line->all_accounts = true;
        else if (value && streq_ptr(o->name, "account"))
                return take_account(line, value, false);
        else if (value && streq_ptr(o->name, "machine"))
                return take_account(line, value, true);
        return 0;
}

static int read_long(Line *line, const char *text) {
        size_t n = strcspn(text, "=");
        OptionLookup o = { .wanted = text, .wanted_length = n };

        if (!find_option(line, &o))
                return 0;
        if (o.argument && !option_argument_is_optional(o.argument) && text[n] != '=') {
                line->waiting = o;
                return 0;
        }
        return take_option(line, &o, text[n] == '=' ? text + n + 1 : NULL);
}

static int read_letters(Line *line, const char *text) {
        for (; *text; text++) {
                OptionLookup o = { .wanted_letter = *text };
                int r;

                if (!find_option(line, &o))
                        return 0;
                if (o.argument && !text[1] && option_argument_is_optional(o.argument))
                        return 0;
                if (o.argument && !text[1]) {
                        line->waiting = o;
                        return 0;
                }
                r = take_option(line, &o, o.argument ? text + 1 : NULL);
                if (r < 0 || o.argument)
                        return r;
        }
        return 0;
}

/* What the next argument is. */
static ArgumentKind argument_kind(const Line *line) {
        const Manual *manual = manual_find(line->verb->name);
        /* What stands behind "--" of run is a command, with or without an account before it. */
        bool first = line->n_arguments == 0 && !(is_run(line) && line->ended);

        return !manual ? ARGUMENT_NONE : first ? manual->first : manual->rest;
}

static int read_word(Line *line, const char *word) {
        if (line->waiting.found) {
                OptionLookup o = line->waiting;

                line->waiting.found = false;
                return take_option(line, &o, word);
        }
        if (!line->ended && streq(word, "--")) {
                line->ended = true;
                return 0;
        }
        if (!line->ended && startswith(word, "--"))
                return read_long(line, word + 2);
        if (!line->ended && word[0] == '-' && word[1])
                return read_letters(line, word + 1);
        if (!line->verb && !line->unknown_verb) {
                line->verb = verb_find(word);
                line->unknown_verb = !line->verb;
                return 0;
        }
        line->n_arguments++;
        if (line->verb && argument_kind(line) == ARGUMENT_ENVIRONMENT && endswith(word, "/"))
                return take_account(line, word, false);
        /* Behind the account and the program's name all words are the program's. */
        line->ended = line->ended || (is_run(line) && line->n_arguments > 1);
        return 0;
}

static int complete_words(const char *prefix, const char *const *words, bool partial, Candidates *l) {
        for (; words && *words; words++) {
                int r = candidates_add(l, prefix, *words, NULL, partial);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* What stands behind an account that is the value of --account= or --machine=. "@" would do for the second,
 * but shells take it for the middle of a word. */
static const char *account_suffix(const OptionLookup *o) {
        return streq_ptr(o->name, "machine") ? "@.host" : "";
}

/* The value of an option; `prefix` is what of the word stands before it. */
static int complete_value(Client *c, const Line *line, const OptionLookup *o, const char *prefix,
        const char *value, Candidates *l) {
        const char *const *words = o->name ? option_suggestions(o->name) : NULL,
                          *const *own = o->name && line->verb
                ? own_option_values(own_options_find(line->verb->name), o->name)
                : NULL;
        bool assignment = o->argument && startswith(o->argument, "NAME=") && streq_ptr(o->name, "property");
        _cleanup_free_ char *longer = NULL;
        const char *comma = strrchr(value, ',');

        if ((streq_ptr(o->name, "account") || streq_ptr(o->name, "machine")) && !*prefix)
                return complete_accounts(c, account_suffix(o), l);
        if (own)
                words = own;
        if (o->letter == 'P' && !o->name)
                words = option_suggestions("property");
        if (assignment)
                words = property_suggestions();
        if (o->argument && endswith(o->argument, ",...") && comma) {
                if (asprintf(&longer, "%s%.*s", prefix, (int) (comma + 1 - value), value) < 0) {
                        longer = NULL;
                        return -ENOMEM;
                }
                prefix = longer;
        }
        return complete_words(prefix, words, assignment, l);
}

/* --account=svc: the accounts are collected without what stands before them. */
static int complete_account_value(
        Client *c, const OptionLookup *o, const char *prefix, const char *value, Candidates *l) {
        Candidates accounts = { .current = value };
        int r;

        r = complete_accounts(c, account_suffix(o), &accounts);
        for (size_t i = 0; i < accounts.n && r >= 0; i++)
                r = candidates_add(l, prefix, accounts.items[i].value, accounts.items[i].doc, false);
        candidates_done(&accounts);
        return r;
}

typedef struct OptionListing {
        const char *only; /* those of the verb; NULL: there is none yet, and all are listed */
        Candidates *candidates;
        int result;
} OptionListing;

static void list_option(
        const char *name, char letter, const char *argument, const char *doc, void *userdata) {
        OptionListing *listing = userdata;
        char text[64];

        if (!doc || listing->result < 0)
                return;
        if (listing->only && !manual_lists_option(manual_global_options, name, letter) &&
                !manual_lists_option(listing->only, name, letter))
                return;
        if (name) {
                bool needed = argument && !option_argument_is_optional(argument);

                snprintf(text, sizeof(text), "--%s%s", name, needed ? "=" : "");
                listing->result = candidates_add(listing->candidates, "", text, doc, needed);
        }
        /* A letter is typed, not completed: shown to those who ask what there is. */
        if (letter && listing->result >= 0 && strlen(listing->candidates->current) <= 1) {
                snprintf(text, sizeof(text), "-%c", letter);
                listing->result = candidates_add(listing->candidates, "", text, doc, false);
        }
}

static int complete_option(Client *c, const Line *line, const char *current, Candidates *l) {
        const Manual *manual = line->verb ? manual_find(line->verb->name) : NULL;
        OptionListing listing = { .candidates = l };
        const char *equals = startswith(current, "--") ? strchr(current, '=') : NULL;
        _cleanup_free_ char *prefix = NULL;
        OptionLookup o = { .wanted = current + 2 };

        if (!equals) {
                visit_own(line, list_option, &listing);
                listing.only = manual ? manual->options : NULL;
                options_visit(list_option, &listing);
                return listing.result;
        }

        o.wanted_length = (size_t) (equals - o.wanted);
        if (!find_option(line, &o) || !o.argument)
                return 0;
        prefix = strndup(current, (size_t) (equals + 1 - current));
        if (!prefix)
                return -ENOMEM;
        if (streq_ptr(o.name, "account") || streq_ptr(o.name, "machine"))
                return complete_account_value(c, &o, prefix, equals + 1, l);
        return complete_value(c, line, &o, prefix, equals + 1, l);
}

static int complete_verbs(Candidates *l) {
        for (size_t i = 0; verb_get(i); i++) {
                int r = candidates_add(l, "", verb_get(i)->name, verb_get(i)->doc, false);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int complete_methods(Candidates *l) {
        for (MethodId id = 0; id < _METHOD_MAX; id++) {
                int r = candidates_add(l, "", method_get(id)->name, method_get(id)->doc, false);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* [ACCOUNT/]UNIT or [ACCOUNT/]JOB. */
static int complete_target(Client *c, const Line *line, ArgumentKind kind, Candidates *l) {
        const char *slash = strrchr(l->current, '/');
        _cleanup_free_ char *account = NULL, *prefix = NULL;
        _cleanup_(address_done) Address a = {};
        int r;

        if (slash) {
                account = strndup(l->current, (size_t) (slash - l->current));
                prefix = strndup(l->current, (size_t) (slash - l->current) + 1);
                if (!account || !prefix)
                        return -ENOMEM;
                r = address_parse_account(account, &a, NULL);
                if (r < 0 || a.account_glob || !a.account)
                        return r == -ENOMEM ? r : 0;
        } else if (line->account) {
                account = strdup(line->account);
                if (!account)
                        return -ENOMEM;
        }
        if (line->all_accounts)
                return 0;

        r = kind == ARGUMENT_JOB ? complete_jobs(c, account, strempty(prefix), l)
                                 : complete_units(c, account, strempty(prefix), kind, l);
        if (r >= 0 && !slash && !line->account)
                r = complete_accounts(c, "/", l);
        return r;
}

/* [ACCOUNT/] and variables; those that are set are known. */
static int complete_environment(Client *c, const Line *line, Candidates *l) {
        int r = 0;

        if (line->n_arguments == 0)
                r = complete_accounts(c, "/", l);
        if (r >= 0 && line->verb->method == METHOD_MANAGER_UNSET_ENVIRONMENT)
                r = complete_variables(c, line->account, l);
        return r;
}

static int complete_argument(Client *c, const Line *line, Candidates *l, bool *ret_files) {
        static const char *const manager_words[] = { "start", "stop", "restart", "status", "reload",
                "reexec", NULL };
        ArgumentKind kind = argument_kind(line);

        switch (kind) {
        case ARGUMENT_NONE:
                return 0;
        case ARGUMENT_COMMAND:
                /* After the account nothing of the command is there: files would be the wrong idea of it. */
                if (line->n_arguments == 1 && !line->ended && !*l->current)
                        return candidates_add(l, "", "--", "the command follows", false);
                *ret_files = true;
                return 0;
        case ARGUMENT_VERB:
                return complete_verbs(l);
        case ARGUMENT_METHOD:
                return complete_methods(l);
        case ARGUMENT_MANAGER_WORD:
                return complete_words("", manager_words, false, l);
        case ARGUMENT_PROPERTY:
                return complete_words("", property_suggestions(), true, l);
        case ARGUMENT_ACCOUNT:
                return line->host ? 0 : complete_accounts(c, "", l);
        case ARGUMENT_ENVIRONMENT:
                return line->host ? 0 : complete_environment(c, line, l);
        default:
                return line->host ? 0 : complete_target(c, line, kind, l);
        }
}

int complete(Client *c, char *const *words, const char *current, Candidates *l, bool *ret_files) {
        _cleanup_(line_done) Line line = {};
        int r;

        *ret_files = false;
        l->current = current;
        if (c->options.account) {
                line.account = strdup(c->options.account);
                if (!line.account)
                        return -ENOMEM;
        }
        for (; *words; words++) {
                r = read_word(&line, *words);
                if (r < 0)
                        return r;
        }

        if (line.waiting.found)
                return complete_value(c, &line, &line.waiting, "", current, l);
        if (!line.ended && *current == '-')
                return complete_option(c, &line, current, l);
        if (line.unknown_verb)
                return 0;
        return line.verb ? complete_argument(c, &line, l, ret_files) : complete_verbs(l);
}
