/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Which entries are about what, see selection.h. Fields that begin with an underscore come from journald,
 * the others from whoever wrote the entry: those count only where the ones with an underscore say that it
 * was the account itself, its manager, root, or the handler of core dumps.
 */

#include "daemon/journal/selection.h"

#include <pwd.h>

#include "common/address.h"
#include "common/pattern.h"
#include "common/strv.h"
#include "common/unit-name.h"

#define PASSWD_FILE  "/etc/passwd"
#define HANDLER_USER "systemd-coredump"
/* In which slice it runs, as systemd-coredump@.service. */
#define HANDLER_SLICE "system-systemd\\x2dcoredump.slice"

/* Terms of matches: each entry that is looked for costs a search for each of them. */
#define TERMS_MAX     48
#define TERMS_MAX_FEW 512

static const char *const field_names[_SELECTION_FIELD_MAX] = {
        [SELECTION_UID] = "_UID",
        [SELECTION_OWNER_UID] = "_SYSTEMD_OWNER_UID",
        [SELECTION_PID] = "_PID",
        [SELECTION_SYSTEM_UNIT] = "_SYSTEMD_UNIT",
        [SELECTION_SYSTEM_SLICE] = "_SYSTEMD_SLICE",
        [SELECTION_USER_UNIT] = "_SYSTEMD_USER_UNIT",
        [SELECTION_USER_SLICE] = "_SYSTEMD_USER_SLICE",
        [SELECTION_ABOUT_USER_UNIT] = "USER_UNIT",
        [SELECTION_ABOUT_SYSTEM_UNIT] = "UNIT",
        [SELECTION_COREDUMP_UID] = "COREDUMP_UID",
        [SELECTION_COREDUMP_UNIT] = "COREDUMP_USER_UNIT",
        [SELECTION_OBJECT_UID] = "OBJECT_UID",
        [SELECTION_OBJECT_UNIT] = "OBJECT_SYSTEMD_USER_UNIT",
        [SELECTION_OBJECT_SYSTEM_UNIT] = "OBJECT_SYSTEMD_UNIT",
};

const char *selection_field_to_string(SelectionField field) {
        return field_names[field];
}

/* What must stand in a field. */
typedef enum Want {
        WANT_NOTHING, /* end of a term */
        WANT_ACCOUNT, /* the account's uid */
        WANT_UNIT,    /* a unit that is asked for */
        WANT_MANAGER, /* user@UID.service */
        WANT_ROOT,
        WANT_PID_1,
        WANT_HANDLER,
        WANT_HANDLER_SLICE,
} Want;

typedef struct Condition {
        SelectionField field;
        Want want;
} Condition;

/* All of it must hold. */
typedef struct Term {
        Condition conditions[4];
} Term;

static const Term unit_terms[] = {
        /* what the unit says, */
        { { { SELECTION_UID, WANT_ACCOUNT }, { SELECTION_USER_UNIT, WANT_UNIT } } },
        /* also as another uid: a container without root, a program that changed it, */
        { { { SELECTION_OWNER_UID, WANT_ACCOUNT }, { SELECTION_USER_UNIT, WANT_UNIT } } },
        /* what is said from inside a slice, */
        { { { SELECTION_UID, WANT_ACCOUNT }, { SELECTION_USER_SLICE, WANT_UNIT } } },
        /* what its manager says about it, */
        { { { SELECTION_UID, WANT_ACCOUNT }, { SELECTION_ABOUT_USER_UNIT, WANT_UNIT } } },
        /* its core dumps: the handler has the uid of who crashed, or one of its own where that is a system
         * account, or is root still, */
        { { { SELECTION_UID, WANT_ACCOUNT }, { SELECTION_COREDUMP_UNIT, WANT_UNIT } } },
        { { { SELECTION_UID, WANT_ROOT }, { SELECTION_COREDUMP_UID, WANT_ACCOUNT },
                { SELECTION_COREDUMP_UNIT, WANT_UNIT } } },
        { { { SELECTION_UID, WANT_HANDLER }, { SELECTION_SYSTEM_SLICE, WANT_HANDLER_SLICE },
                { SELECTION_COREDUMP_UID, WANT_ACCOUNT }, { SELECTION_COREDUMP_UNIT, WANT_UNIT } } },
        /* what services of the system say about it. */
        { { { SELECTION_UID, WANT_ACCOUNT }, { SELECTION_OBJECT_UNIT, WANT_UNIT } } },
        { { { SELECTION_UID, WANT_ROOT }, { SELECTION_OBJECT_UID, WANT_ACCOUNT },
                { SELECTION_OBJECT_UNIT, WANT_UNIT } } },
};

/* Whatever a term above finds is found by one of these too. */
static const Term account_terms[] = {
        { { { SELECTION_UID, WANT_ACCOUNT } } },
        { { { SELECTION_OWNER_UID, WANT_ACCOUNT }, { SELECTION_SYSTEM_UNIT, WANT_MANAGER } } },
        { { { SELECTION_UID, WANT_ROOT }, { SELECTION_COREDUMP_UID, WANT_ACCOUNT } } },
        { { { SELECTION_UID, WANT_HANDLER }, { SELECTION_SYSTEM_SLICE, WANT_HANDLER_SLICE },
                { SELECTION_COREDUMP_UID, WANT_ACCOUNT } } },
        { { { SELECTION_UID, WANT_ROOT }, { SELECTION_OBJECT_UID, WANT_ACCOUNT },
                { SELECTION_OBJECT_SYSTEM_UNIT, WANT_MANAGER } } },
        { { { SELECTION_PID, WANT_PID_1 }, { SELECTION_UID, WANT_ROOT },
                { SELECTION_ABOUT_SYSTEM_UNIT, WANT_MANAGER } } },
};

/* Fields that can name the account of an entry. */
static const SelectionField account_fields[] = { SELECTION_UID, SELECTION_OWNER_UID, SELECTION_COREDUMP_UID,
        SELECTION_OBJECT_UID };

void selection_init(Selection *selection, const JournalGrants *grants) {
        _cleanup_fclose_ FILE *f = NULL;
        struct passwd *entry;

        *selection = (Selection){ .grants = grants };

        /* The name service is not asked: it may hang. */
        f = fopen(PASSWD_FILE, "re");
        while (f && (entry = fgetpwent(f)))
                if (streq(entry->pw_name, HANDLER_USER)) {
                        selection->has_handler = true;
                        selection->handler = entry->pw_uid;
                        break;
                }
}

/* The text that a condition wants, other than a unit's name. NULL where nothing can meet it. */
static const char *wanted_text(const Selection *selection, Want want, uid_t uid, char buffer[static 32]) {
        switch (want) {
        case WANT_ACCOUNT:
                (void) snprintf(buffer, 32, "%u", uid);
                return buffer;
        case WANT_MANAGER:
                (void) snprintf(buffer, 32, "user@%u.service", uid);
                return buffer;
        case WANT_ROOT:
                return "0";
        case WANT_PID_1:
                return "1";
        case WANT_HANDLER:
                if (!selection->has_handler)
                        return NULL;
                (void) snprintf(buffer, 32, "%u", selection->handler);
                return buffer;
        case WANT_HANDLER_SLICE:
                return HANDLER_SLICE;
        default:
                return NULL;
        }
}

static bool term_is_possible(const Selection *selection, const Term *term) {
        for (size_t i = 0; i < ELEMENTSOF(term->conditions); i++)
                if (term->conditions[i].want == WANT_HANDLER && !selection->has_handler)
                        return false;
        return true;
}

static int add_match(sd_journal *journal, SelectionField field, const char *text) {
        char match[64 + UNIT_NAME_MAX];
        int n;

        n = snprintf(match, sizeof(match), "%s=%s", field_names[field], text);
        if (n < 0 || (size_t) n >= sizeof(match))
                return -EINVAL;
        return sd_journal_add_match(journal, match, (size_t) n);
}

static int add_term(
        const Selection *selection, sd_journal *journal, const Term *term, uid_t uid, char *const *units) {
        char buffer[32];
        int r;

        for (size_t i = 0; i < ELEMENTSOF(term->conditions); i++) {
                const Condition *c = term->conditions + i;

                if (c->want == WANT_NOTHING)
                        break;
                if (c->want != WANT_UNIT) {
                        r = add_match(journal, c->field, wanted_text(selection, c->want, uid, buffer));
                        if (r < 0)
                                return r;
                        continue;
                }
                STRV_FOREACH(unit, units) {
                        r = add_match(journal, c->field, *unit);
                        if (r < 0)
                                return r;
                }
        }
        return sd_journal_add_disjunction(journal);
}

static int add_terms(const Selection *selection, sd_journal *journal, const Term *terms, size_t n_terms,
        const JournalGrant *grant) {
        int r;

        for (size_t i = 0; i < n_terms; i++) {
                if (!term_is_possible(selection, terms + i))
                        continue;
                r = add_term(selection, journal, terms + i, grant->uid, grant->units);
                if (r < 0)
                        return r;
        }
        return 0;
}

static bool has_patterns(const JournalGrant *grant) {
        STRV_FOREACH(unit, grant->units)
                if (pattern_is_glob(*unit))
                        return true;
        return false;
}

/* Whether the whole account is looked at, and what is not granted of it is left out entry by entry. */
static bool needs_account(const JournalGrant *grant) {
        return grant->whole || has_patterns(grant);
}

int selection_add_matches(Selection *selection, sd_journal *journal, bool few) {
        const JournalGrants *grants = selection->grants;
        size_t n_terms = 0;
        int r;

        selection->judge = false;
        for (size_t i = 0; i < grants->n; i++) {
                const JournalGrant *grant = grants->items + i;

                if (!grant->whole && has_patterns(grant))
                        selection->judge = true;
                n_terms += needs_account(grant) ? ELEMENTSOF(account_terms)
                                                : strv_length(grant->units) * ELEMENTSOF(unit_terms);
        }
        /* No match at all would find everything. */
        if (n_terms == 0 || grants->everyone || n_terms > (few ? TERMS_MAX_FEW : TERMS_MAX)) {
                selection->judge = true;
                return 0;
        }

        for (size_t i = 0; i < grants->n; i++) {
                const JournalGrant *grant = grants->items + i;

                if (needs_account(grant))
                        r = add_terms(selection, journal, account_terms, ELEMENTSOF(account_terms), grant);
                else if (strv_length(grant->units) > 0)
                        r = add_terms(selection, journal, unit_terms, ELEMENTSOF(unit_terms), grant);
                else
                        r = 0;
                if (r < 0)
                        return r;
        }
        return 0;
}

/* What an entry has, each field asked for once. */
typedef struct Facts {
        SelectionGet get;
        void *userdata;
        const char *values[_SELECTION_FIELD_MAX];
        bool known[_SELECTION_FIELD_MAX];
} Facts;

static const char *facts_get(Facts *facts, SelectionField field) {
        if (!facts->known[field]) {
                facts->values[field] = facts->get(field, facts->userdata);
                facts->known[field] = true;
        }
        return facts->values[field];
}

static bool term_holds(
        const Selection *selection, const Term *term, const JournalGrant *grant, Facts *facts) {
        char buffer[32];

        for (size_t i = 0; i < ELEMENTSOF(term->conditions); i++) {
                const Condition *c = term->conditions + i;
                const char *value;

                if (c->want == WANT_NOTHING)
                        break;
                value = facts_get(facts, c->field);
                if (!value)
                        return false;
                if (c->want == WANT_UNIT
                                ? !grant_covers(grant, value)
                                : !streq_ptr(value, wanted_text(selection, c->want, grant->uid, buffer)))
                        return false;
        }
        return true;
}

static bool grant_holds(const Selection *selection, const JournalGrant *grant, Facts *facts) {
        const Term *terms = grant->whole ? account_terms : unit_terms;
        size_t n = grant->whole ? ELEMENTSOF(account_terms) : ELEMENTSOF(unit_terms);

        for (size_t i = 0; i < n; i++)
                if (term_holds(selection, terms + i, grant, facts))
                        return true;
        return false;
}

/* The uid in "user@1101.service". */
static int manager_uid(const char *unit, uid_t *ret) {
        char digits[sizeof("4294967295")];
        const char *rest = startswith(unit, "user@");
        size_t n;

        if (!rest || !endswith(rest, ".service"))
                return -EINVAL;
        n = strlen(rest) - strlen(".service");
        if (n >= sizeof(digits))
                return -EINVAL;
        memcpy(digits, rest, n);
        digits[n] = 0;
        return uid_parse(digits, ret);
}

bool selection_judge(const Selection *selection, SelectionGet get, void *userdata) {
        Facts facts = { .get = get, .userdata = userdata };
        const JournalGrant *grant;
        const char *value;
        uid_t uid;

        for (size_t i = 0; i < ELEMENTSOF(account_fields); i++) {
                value = facts_get(&facts, account_fields[i]);
                if (!value || uid_parse(value, &uid) < 0)
                        continue;
                grant = grants_find(selection->grants, uid);
                if (grant && grant_holds(selection, grant, &facts))
                        return true;
        }

        value = facts_get(&facts, SELECTION_ABOUT_SYSTEM_UNIT);
        if (!value || manager_uid(value, &uid) < 0)
                return false;
        grant = grants_find(selection->grants, uid);
        return grant && grant_holds(selection, grant, &facts);
}

typedef struct EntryValues {
        sd_journal *journal;
        char values[_SELECTION_FIELD_MAX][UNIT_NAME_MAX + 1];
        int error;
} EntryValues;

/* The first value of a field. What is too long for a name, or has a NUL, is none that could match. */
static const char *entry_get(SelectionField field, void *userdata) {
        EntryValues *values = userdata;
        size_t size, skip = strlen(field_names[field]) + 1;
        const void *data;
        int r;

        r = sd_journal_get_data(values->journal, field_names[field], &data, &size);
        if (r < 0) {
                if (r != -ENOENT && values->error == 0)
                        values->error = r;
                return NULL;
        }
        if (size < skip || size - skip > UNIT_NAME_MAX)
                return NULL;
        size -= skip;
        if (memchr((const char *) data + skip, 0, size))
                return NULL;
        memcpy(values->values[field], (const char *) data + skip, size);
        values->values[field][size] = 0;
        return values->values[field];
}

int selection_covers(const Selection *selection, sd_journal *journal) {
        EntryValues values;

        values.journal = journal;
        values.error = 0;
        if (selection_judge(selection, entry_get, &values))
                return 1;
        return values.error;
}
