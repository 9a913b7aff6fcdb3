/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Running a proof as a transient service, see proof-run.h. */

#include "daemon/worker/proof/proof-run.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syslog.h>

#include "common/clock.h"
#include "common/limits.h"
#include "common/strv.h"
#include "common/time-span.h"
#include "daemon/prove/exit.h"
#include "daemon/worker/list/unit-list.h"
#include "daemon/worker/run/command.h"
#include "daemon/worker/run/transient.h"

/* The manager's end of it: its timer, the signal, the processes' end. */
#define MANAGER_GRACE_USEC (2U * USEC_PER_SEC)
/* userunit-prove ends by itself before the manager ends it. */
#define PROVE_GRACE_USEC (500U * USEC_PER_MSEC)
/* Of one call to the manager, other requests waiting behind it. */
#define CALL_USEC (2U * USEC_PER_SEC)

/* With these it is the manager that speaks: systemd.exec(5), "Process Exit Codes". */
#define EXEC_STATUS_FIRST 200
#define EXEC_STATUS_LAST  245

void proof_run_done(ProofRun *run) {
        run->fd = safe_close(run->fd);
        run_wait_free(run->wait);
        *run = (ProofRun){ .fd = -EBADF };
}

/* ---- what is executed ---- */

static int number(uint64_t value, char **ret) {
        if (value == PROOF_UNSET)
                *ret = strdup("-");
        else if (asprintf(ret, "%" PRIu64, value) < 0)
                *ret = NULL;
        return *ret ? 0 : -ENOMEM;
}

/* The command line of userunit-prove. */
static int make_command(const Proof *proof, uint64_t deadline_usec, char ***ret) {
        static const char *const words[_PROOF_KIND_MAX] = {
                [PROOF_FILE] = "file", [PROOF_TCP] = "tcp", [PROOF_UNIX] = "unix"
        };
        _cleanup_free_ char *deadline = NULL, *max_age = NULL, *min_size = NULL;
        char *const items[] = { (char *) PROVE_PROGRAM, (char *) words[proof->kind], NULL };
        _cleanup_strv_free_ char **command = NULL;
        int r;

        r = strv_copy(items, &command);
        if (r >= 0)
                r = number(deadline_usec, &deadline);
        if (r >= 0)
                r = strv_extend(&command, deadline);
        if (r >= 0)
                r = strv_extend(&command, proof->target);
        if (r >= 0 && proof->port)
                r = strv_extend(&command, proof->port);
        if (r >= 0 && proof->kind == PROOF_FILE) {
                r = number(proof->max_age_usec, &max_age);
                if (r >= 0)
                        r = number(proof->min_size, &min_size);
                if (r >= 0)
                        r = strv_extend(&command, max_age);
                if (r >= 0)
                        r = strv_extend(&command, min_size);
        }
        if (r < 0)
                return r;

        /* What a proof says is no text with variables in it. */
        for (char **word = command; *word; word++) {
                _cleanup_free_ char *plain = *word;
                char *to;

                *word = to = malloc(2 * strlen(plain) + 1);
                if (!to)
                        return -ENOMEM;
                for (const char *p = plain; *p; p++) {
                        if (*p == '$')
                                *to++ = '$';
                        *to++ = *p;
                }
                *to = 0;
        }
        *ret = TAKE_PTR(command);
        return 0;
}

/* ---- the unit ---- */

static int make_name(char **ret) {
        uint64_t id;

        if (getrandom(&id, sizeof(id), 0) != (ssize_t) sizeof(id))
                return -EIO;
        return asprintf(ret, "userunit-prove-%016" PRIx64 ".service", id) < 0 ? -ENOMEM : 0;
}

/* Units that have processes have a slice; others get what the manager gives by itself. */
static int read_slice(Manager *m, const char *unit, char **ret, Error *error) {
        static const char *const types[][2] = { { ".mount", "Mount" }, { ".scope", "Scope" },
                { ".service", "Service" }, { ".socket", "Socket" }, { ".swap", "Swap" } };

        *ret = NULL;
        for (size_t i = 0; i < ELEMENTSOF(types); i++) {
                _cleanup_free_ char *path = NULL, *interface = NULL;
                int r;

                if (!endswith(unit, types[i][0]))
                        continue;
                r = manager_unit_path(unit, &path, error);
                if (r < 0)
                        return r;
                if (asprintf(&interface, "org.freedesktop.systemd1.%s", types[i][1]) < 0) {
                        interface = NULL;
                        return error_set(error, ERROR_INTERNAL, "No memory for a proof.");
                }
                return manager_get_string(m, path, interface, "Slice", ret, error);
        }
        return 0;
}

static int append_properties(
        sd_bus_message *m, const char *unit, const char *slice, uint64_t deadline_usec) {
        _cleanup_free_ char *description = NULL;
        int r;

        if (asprintf(&description, "Proof of %s", unit) < 0) {
                description = NULL;
                return -ENOMEM;
        }
        r = sd_bus_message_append(m, "(sv)(sv)(sv)(sv)(sv)(sv)(sv)(sv)", "Description", "s", description,
                "Type", "s", "oneshot", "CollectMode", "s", "inactive-or-failed", "TimeoutStartUSec", "t",
                deadline_usec,
                /* All at once, and nothing is asked of them. */
                "KillSignal", "i", (int32_t) SIGKILL, "MemoryMax", "t", PROOF_MEMORY_MAX, "MemorySwapMax",
                "t", UINT64_C(0), "TasksMax", "t", PROOF_TASKS_MAX);
        if (r >= 0)
                r = sd_bus_message_append(m, "(sv)(sv)(sv)(sv)", "LimitFSIZE", "t", PROOF_FILE_MAX,
                        "LimitCORE", "t", UINT64_C(0),
                        /* Who talks on when nobody listens is to end. */
                        "IgnoreSIGPIPE", "b", false,
                        /* The journal is not told of each look, which may come every second. */
                        "LogLevelMax", "i", (int32_t) LOG_CRIT);
        /* It waits for nothing, so that no job of it is left where nobody waits for it any more; and goes
         * when the manager does. */
        if (r >= 0)
                r = sd_bus_message_append(m, "(sv)(sv)(sv)", "DefaultDependencies", "b", false, "Conflicts",
                        "as", 1, "shutdown.target", "Before", "as", 1, "shutdown.target");
        if (r >= 0 && !isempty(slice))
                r = sd_bus_message_append(m, "(sv)", "Slice", "s", slice);
        return r;
}

static int make_call(Manager *m, const char *name, const char *unit, const char *program,
        char *const *command, uint64_t deadline_usec, int fd, sd_bus_message **ret, Error *error) {
        _cleanup_message_ sd_bus_message *call = NULL;
        _cleanup_free_ char *slice = NULL;
        int r;

        r = read_slice(m, unit, &slice, error);
        if (r < 0)
                return r;
        r = manager_message_new(m, MANAGER_PATH, MANAGER_INTERFACE, "StartTransientUnit", &call, error);
        if (r < 0)
                return r;
        r = sd_bus_message_append(call, "ss", name, "fail");
        if (r >= 0)
                r = sd_bus_message_open_container(call, 'a', "(sv)");
        if (r >= 0)
                r = append_properties(call, unit, slice, deadline_usec);
        if (r >= 0)
                r = sd_bus_message_append(call, "(sv)(sv)", "StandardOutputFileDescriptor", "h", fd,
                        "StandardErrorFileDescriptor", "h", fd);
        if (r >= 0)
                r = transient_append_exec_start(call, program, command);
        if (r >= 0)
                r = sd_bus_message_close_container(call);
        if (r >= 0)
                r = sd_bus_message_append(call, "a(sa(sv))", 0);
        if (r < 0)
                return error_set(error, ERROR_INTERNAL, "No memory for a proof.");
        *ret = TAKE_PTR(call);
        return 0;
}

static int make_pipe(int ret[2], Error *error) {
        if (pipe2(ret, O_CLOEXEC) < 0)
                return error_set(error, ERROR_INTERNAL, "The worker could not make a pipe: %s.",
                        strerrordesc_np(errno));
        /* Only our end: the other is the command's, which does not expect it. */
        if (fcntl(ret[0], F_SETFL, O_NONBLOCK) < 0)
                return error_set(error, ERROR_INTERNAL, "The worker could not set up a pipe: %s.",
                        strerrordesc_np(errno));
        return 0;
}

static int find_program(Manager *m, const Proof *proof, char *const *command, char **ret, Error *error) {
        if (proof->kind == PROOF_EXEC)
                return run_find_program(m, command[0], NULL, ret, error);
        *ret = strdup(command[0]);
        return *ret ? 0 : error_set(error, ERROR_INTERNAL, "No memory for a proof.");
}

static int start(Manager *m, const char *unit, const Proof *proof, uint64_t deadline_usec, ProofRun *run,
        Error *error) {
        bool is_ours = proof->kind != PROOF_EXEC;
        _cleanup_free_ char *name = NULL, *program = NULL;
        _cleanup_message_ sd_bus_message *call = NULL;
        _cleanup_strv_free_ char **made = NULL;
        _cleanup_close_ int theirs = -EBADF;
        char *const *command = proof->command;
        int pair[2], r;

        if (is_ours) {
                r = make_command(proof, deadline_usec, &made);
                if (r < 0)
                        return error_set(error, ERROR_INTERNAL, "No memory for a proof.");
                command = made;
        }
        r = find_program(m, proof, command, &program, error);
        if (r < 0)
                return r;
        r = make_name(&name);
        if (r < 0)
                return error_set(error, ERROR_INTERNAL, "No name for a proof's unit.");

        r = manager_subscribe(m, error);
        if (r < 0)
                return r;
        run->generation = m->generation;
        r = run_wait_new(m->bus, m->direct ? NULL : MANAGER_DESTINATION, name, &run->wait);
        if (r < 0)
                return error_set(error, ERROR_INTERNAL, "No memory for a proof.");
        run->wait->follow = true;

        r = make_pipe(pair, error);
        if (r < 0)
                return r;
        run->fd = pair[0];
        theirs = pair[1];
        r = make_call(m, name, unit, program, command, deadline_usec + (is_ours ? PROVE_GRACE_USEC : 0),
                theirs, &call, error);
        if (r < 0)
                return r;
        r = manager_call(m, call, NULL, error);
        run->wait->made = r >= 0;
        return r;
}

/* What a manager says of one unit is no reason to give up the others. */
static bool is_about_manager(const Error *error) {
        return error->code == ERROR_MANAGER_NOT_RUNNING || error->code == ERROR_MANAGER_FAILED ||
                error->code == ERROR_TIMEOUT;
}

int proof_run_start(
        Manager *m, const char *unit, Proof *proof, uint64_t deadline_usec, ProofRun *run, Error *error) {
        ProofRun started = { .fd = -EBADF, .proof = proof, .began_usec = clock_now_usec() };
        int r;

        m->deadline = started.began_usec + CALL_USEC;
        started.give_up_usec = started.began_usec + deadline_usec + PROVE_GRACE_USEC + MANAGER_GRACE_USEC;
        r = start(m, unit, proof, deadline_usec, &started, error);
        if (r < 0) {
                proof_run_done(&started);
                if (is_about_manager(error))
                        return r;
                proof_decide(proof, PROOF_FAIL, "%s", error_message(error));
                error_done(error);
                return 0;
        }
        *run = started;
        return 0;
}

/* ---- what it says ---- */

void proof_run_read(ProofRun *run) {
        char buffer[16384];

        /* At most a pipe's worth at a time: others have something to say, too. */
        for (unsigned i = 0; i < 4 && run->fd >= 0; i++) {
                ssize_t n = read(run->fd, buffer, sizeof(buffer));
                size_t kept;

                if (n < 0 && (errno == EAGAIN || errno == EINTR))
                        return;
                if (n <= 0) {
                        run->fd = safe_close(run->fd);
                        return;
                }
                kept = MIN((size_t) n, sizeof(run->output) - run->n_output);
                memcpy(run->output + run->n_output, buffer, kept);
                run->n_output += kept;
                run->n_said += (size_t) n;
                if (run->n_said > PROOF_OUTPUT_MAX)
                        run->fd = safe_close(run->fd);
        }
}

/* ---- how it ends ---- */

bool proof_run_is_over(const ProofRun *run) {
        return !run_wait_is_open(run->wait) || clock_now_usec() >= run->give_up_usec;
}

/* Without what it said: how it ended, in words. */
static void decide_by_end(ProofRun *run, ProofResult result, const char *why) {
        if (run->n_said > PROOF_OUTPUT_MAX)
                proof_decide(run->proof, result, "It said more than %u KiB and was cut off.",
                        PROOF_OUTPUT_MAX / 1024U);
        else if (run->n_output > 0 && (result == PROOF_PASS || run->proof->kind != PROOF_EXEC))
                proof_decide_text(run->proof, result, run->output, run->n_output);
        else if (run->n_output > 0) {
                _cleanup_free_ char *text = NULL;
                int n;

                n = asprintf(&text, "%s\n%.*s", why, (int) run->n_output, run->output);
                if (n < 0)
                        text = NULL;
                proof_decide_text(run->proof, result, text ? text : why, text ? (size_t) n : strlen(why));
        } else
                proof_decide(run->proof, result, "%s", why);
}

static void decide_by_status(ProofRun *run) {
        int status = run->wait->status;
        char why[128];

        if (run->proof->kind != PROOF_EXEC && status == PROVE_TIMEOUT)
                decide_by_end(run, PROOF_TIMED_OUT, "It did not answer in time.");
        else {
                (void) snprintf(why, sizeof(why),
                        status >= EXEC_STATUS_FIRST && status <= EXEC_STATUS_LAST
                                ? "It could not be executed: status %d of systemd.exec(5)."
                                : "It exited with status %d.",
                        status);
                decide_by_end(run, PROOF_FAIL, why);
        }
}

static void decide(ProofRun *run) {
        const RunWait *wait = run->wait;
        const char *result = strempty(wait->result);
        char why[128];

        if (streq(result, "success") && wait->code == CLD_EXITED) {
                decide_by_end(run, PROOF_PASS, "It exited with status 0.");
                return;
        }
        if (streq(result, "timeout")) {
                decide_by_end(run, PROOF_TIMED_OUT, "It did not end in time and was killed.");
                return;
        }
        if (streq(result, "oom-kill")) {
                (void) snprintf(why, sizeof(why), "It used more than the %u MiB it may, and was killed.",
                        (unsigned) (PROOF_MEMORY_MAX / (1024U * 1024U)));
                decide_by_end(run, PROOF_FAIL, why);
                return;
        }
        if (wait->code == CLD_KILLED || wait->code == CLD_DUMPED) {
                (void) snprintf(
                        why, sizeof(why), "A signal ended it: SIG%s.", strempty(sigabbrev_np(wait->status)));
                decide_by_end(run, PROOF_FAIL, why);
                return;
        }
        if (wait->code == CLD_EXITED) {
                decide_by_status(run);
                return;
        }
        (void) snprintf(why, sizeof(why), "Its manager did not run it to its end%s%.32s.",
                *result ? ": " : "", result);
        decide_by_end(run, PROOF_FAIL, why);
}

static void kill_unit(Manager *m, const char *name) {
        _cleanup_(error_done) Error ignored = ERROR_NULL;

        if (!m->bus)
                return;
        m->deadline = clock_now_usec() + CALL_USEC;
        (void) manager_call_method(m, "StopUnit", NULL, &ignored, "ss", name, "replace");
}

void proof_run_finish(Manager *m, ProofRun *run) {
        Proof *proof = run->proof;

        proof_run_read(run);
        proof->duration_usec = clock_now_usec() - run->began_usec;
        if (run_wait_is_open(run->wait)) {
                decide_by_end(run, PROOF_TIMED_OUT, "It did not end in time.");
                kill_unit(m, run->wait->unit);
        } else
                decide(run);
        proof_run_done(run);
}
