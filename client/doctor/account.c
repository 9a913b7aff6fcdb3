/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The doctor's checks of the account itself: who it is, whether it may log in, its shell. */

#include "client/doctor/doctor.h"

#include <shadow.h>
#include <sys/stat.h>
#include <time.h>

#define UID_NOBODY    65534U
#define UID_NOBODY_16 65535U /* what stands for no uid where uids have 16 bits */
#define UID_PERSONS   1000U  /* below it, journald keeps messages in the system's journal */
#define SECONDS_A_DAY 86400L

static void say_unknown(Doctor *d, int r) {
        if (r == -ETIMEDOUT) {
                doctor_say(d, SEVERITY_ERROR,
                        "The name service does not answer within 3 s: whether there is an account \"%s\" cannot be told, and nothing starts for it.",
                        d->asked);
                doctor_mend(d, "grep ^passwd: /etc/nsswitch.conf; systemctl --failed");
        } else if (r == -ESRCH) {
                doctor_say(d, SEVERITY_ERROR, "The system knows no account \"%s\".", d->asked);
        } else {
                doctor_say(d, SEVERITY_ERROR, "The account \"%s\" cannot be looked up: %s.", d->asked,
                        strerrordesc_np(-r));
        }
}

static bool is_nobody(const Doctor *d) {
        return d->account.uid == UID_NOBODY || d->account.uid == UID_NOBODY_16;
}

/* One of those that sysusers.d makes for the service. */
static bool is_own(const Doctor *d) {
        return streq(d->account.name, "userunitd") || streq(d->account.name, "userunit-accounts") ||
                streq(d->account.name, "userunit-journal");
}

void doctor_check_account(Doctor *d) {
        int r;

        r = probe_account(d->asked, &d->account);
        if (r < 0) {
                say_unknown(d, r);
                return;
        }
        d->name = doctor_quote(d, d->account.name);
        if (!d->name)
                return;
        d->known = true;

        doctor_say(d, SEVERITY_OK, "%s is an account: uid %u, home %s.", d->account.name, d->account.uid,
                *d->account.home ? d->account.home : "(none)");
        d->unserved = d->account.uid == 0 || is_nobody(d) || is_own(d);
        if (d->account.uid == 0)
                doctor_say(d, SEVERITY_WARNING,
                        "root's own user manager is not served by userunitd, \"systemctl --user\" reaches it; name the account that you mean.");
        else if (is_nobody(d))
                doctor_say(d, SEVERITY_ERROR,
                        "This is the account that stands for no one: userunitd never touches it, and services should have one of their own.");
        else if (is_own(d))
                doctor_say(d, SEVERITY_ERROR,
                        "This is an account of userunitd's own processes: it has no manager, and userunitd never gives it one.");
        else if (d->account.uid < UID_PERSONS)
                doctor_say(d, SEVERITY_NOTE,
                        "A system account (uid below %u): its logs are in the system's journal, which it cannot read without the group systemd-journal.",
                        UID_PERSONS);
        if (d->account.uid == 0 && d->caller == 0 && getenv("SUDO_USER")) {
                _cleanup_free_ char *sudoer = doctor_quote(d, getenv("SUDO_USER"));

                if (sudoer)
                        doctor_mend(d, "userunitctl doctor %s", sudoer);
        }
}

/* What shadow(5) says, as far as PAM cares. */
typedef struct Expiry {
        bool known;
        long expires; /* days since 1970, or -1 */
        long changed;
        bool locked;
} Expiry;

static void look_at_shadow(const void *question, void *answer) {
        Expiry *expiry = answer;
        struct spwd *sp;

        sp = getspnam(question);
        if (!sp)
                return;
        expiry->known = true;
        expiry->expires = sp->sp_expire;
        expiry->changed = sp->sp_lstchg;
        expiry->locked = sp->sp_pwdp && (*sp->sp_pwdp == '!' || *sp->sp_pwdp == '*');
}

void doctor_check_expiry(Doctor *d) {
        Expiry expiry = {};
        int r;

        if (d->caller != 0) {
                doctor_say(d, SEVERITY_UNKNOWN, "Only root can see whether the account has expired.");
                return;
        }
        r = probe_run(look_at_shadow, d->account.name, &expiry, sizeof(expiry), NULL, PROBE_USEC);
        if (r < 0) {
                doctor_say(d, SEVERITY_UNKNOWN,
                        "The shadow database does not tell whether the account has expired: %s.",
                        strerrordesc_np(-r));
                return;
        }
        if (!expiry.known) {
                doctor_say(
                        d, SEVERITY_OK, "There is no entry in the shadow database that could have expired.");
                return;
        }

        if (expiry.expires > 0 && time(NULL) / SECONDS_A_DAY >= expiry.expires) {
                doctor_say(d, SEVERITY_ERROR,
                        "The account has expired: PAM refuses its manager and every login.");
                doctor_mend(d, "chage --expiredate -1 %s", d->name);
        } else if (expiry.changed == 0) {
                doctor_say(d, SEVERITY_ERROR,
                        "The password has to be changed at the next login: until then PAM refuses the account's manager.");
                doctor_mend(d, "chage --lastday $(date +%%F) %s", d->name);
        } else
                doctor_say(d, SEVERITY_OK, "The account has not expired%s.",
                        expiry.locked ? " (its password is locked, which a manager does not mind)" : "");
}

void doctor_check_shell(Doctor *d) {
        const char *shell = *d->account.shell ? d->account.shell : "/bin/sh";
        ProbeFile file;
        int r;

        if (endswith(shell, "/nologin") || endswith(shell, "/false")) {
                doctor_say(d, SEVERITY_OK,
                        "The shell is %s: nobody logs in as this account, and its manager does not mind.",
                        shell);
                return;
        }

        r = probe_file(shell, NULL, &file);
        if (r >= 0)
                r = file.error;
        if (r < 0 || !S_ISREG(file.mode) || !file.search) {
                doctor_say(d, SEVERITY_WARNING,
                        "The shell %s cannot be executed (%s): logins fail, which a lingering manager does not mind.",
                        shell, r < 0 ? strerrordesc_np(-r) : "no executable file");
                doctor_mend(d, "usermod --shell /bin/bash %s", d->name);
                return;
        }
        doctor_say(d, SEVERITY_OK, "The shell is %s.", shell);
}
