/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Requests for proofs, see prover.h. */

#include "daemon/worker/proof/prover.h"

#include <assert.h>

#include "daemon/worker/disk/unit-files.h"
#include "daemon/worker/proof/gather.h"
#include "daemon/worker/proof/look.h"
#include "daemon/worker/proof/proof-run.h"
#include "daemon/worker/worker.h"

/* A request ends so much before the row's deadline, at which the daemon stops waiting for it. */
#define END_MARGIN_USEC (5U * USEC_PER_SEC)

struct Prover {
        uint64_t serial;
        ProvedUnits found;
        bool commands;       /* commands may be run */
        bool ran;            /* … and one was */
        uint64_t limit_usec; /* for each proof; PROOF_UNSET: what it says itself */
        uint64_t end_usec;   /* of all of them */
        unsigned generation; /* of the connection that it began with */
        size_t unit, proof;  /* the next one that may have to be run */
        size_t n_running;
        Prover *next;
};

Prover *prover_free(Prover *prover) {
        if (!prover)
                return NULL;
        proved_units_done(&prover->found);
        free(prover);
        return NULL;
}

uint64_t prover_serial(const Prover *prover) {
        return prover->serial;
}

void provers_done(Worker *worker) {
        Provers *p = &worker->provers;

        for (size_t i = 0; p->runs && i < PROOFS_RUNNING_MAX; i++)
                proof_run_done(p->runs + i);
        free(p->runs);
        while (p->first) {
                Prover *prover = p->first;

                p->first = prover->next;
                prover_free(prover);
        }
        *p = (Provers){};
}

/* ---- the loop's part ---- */

unsigned provers_poll(Worker *worker, struct pollfd *fds) {
        unsigned n = 0;

        for (size_t i = 0; worker->provers.runs && i < PROOFS_RUNNING_MAX; i++)
                if (worker->provers.runs[i].fd >= 0)
                        fds[n++] = (struct pollfd){ .fd = worker->provers.runs[i].fd, .events = POLLIN };
        return n;
}

static bool is_lost(const Worker *worker, const Prover *prover) {
        return !worker->manager.bus || worker->manager.generation != prover->generation;
}

int provers_timeout(const Worker *worker) {
        uint64_t next = UINT64_MAX, now = clock_now_usec();

        for (size_t i = 0; worker->provers.runs && i < PROOFS_RUNNING_MAX; i++) {
                const ProofRun *run = worker->provers.runs + i;

                if (run->proof)
                        next = MIN(next, proof_run_is_over(run) ? now : run->give_up_usec);
        }
        for (const Prover *p = worker->provers.first; p; p = p->next)
                if (is_lost(worker, p))
                        next = now;
        if (next == UINT64_MAX)
                return -1;
        return next <= now ? 0 : (int) MIN((next - now) / USEC_PER_MSEC + 1, UINT64_C(3600000));
}

/* The next proof that nobody has looked at; NULL behind the last. */
static Proof *next_open(Prover *prover, const char **ret_unit) {
        for (; prover->unit < prover->found.n_units; prover->unit++, prover->proof = 0) {
                ProvedUnit *unit = prover->found.units + prover->unit;

                while (prover->proof < unit->n_proofs) {
                        Proof *proof = unit->proofs + prover->proof++;

                        if (proof->result != PROOF_OPEN)
                                continue;
                        *ret_unit = unit->unit;
                        return proof;
                }
        }
        return NULL;
}

static bool has_ended(const Worker *worker, const Prover *prover) {
        return is_lost(worker, prover) || (prover->unit >= prover->found.n_units && prover->n_running == 0);
}

static uint64_t deadline_of(const Prover *prover, const Proof *proof) {
        uint64_t usec = proof->deadline_usec;

        if (usec == PROOF_UNSET)
                usec = prover->limit_usec == PROOF_UNSET ? PROOF_DEADLINE_SEC * USEC_PER_SEC
                                                         : prover->limit_usec;
        return MIN(usec, prover->limit_usec);
}

/* Begins the next proof of the request. Returns whether there was one. */
static bool begin_next(Worker *worker, Prover *prover, ProofRun *run) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        uint64_t now = clock_now_usec();
        const char *unit;
        Proof *proof;

        proof = is_lost(worker, prover) ? NULL : next_open(prover, &unit);
        if (!proof)
                return false;
        if (now >= prover->end_usec) {
                proof_decide(proof, PROOF_TIMED_OUT, "Others before it took all the time that there was.");
                return true;
        }

        if (proof_run_start(&worker->manager, unit, proof,
                    MIN(deadline_of(prover, proof), prover->end_usec - now), run, &error) < 0)
                return false; /* the connection has gone, and with it the request */
        if (run->proof) {
                run->owner = prover;
                prover->n_running++;
                prover->ran = prover->ran || proof->kind == PROOF_EXEC;
        }
        return true;
}

/* One that nobody has asked for any more, for its connection has gone, is not asked about. */
static void end_run(Worker *worker, Prover *prover, ProofRun *run) {
        if (is_lost(worker, prover))
                proof_run_done(run);
        else
                proof_run_finish(&worker->manager, run);
        prover->n_running--;
}

static void step_run(Worker *worker, ProofRun *run) {
        Prover *owner = worker->provers.first;

        if (!run->proof)
                return;
        while (owner && owner != run->owner)
                owner = owner->next;
        assert(owner);
        proof_run_read(run);
        if (is_lost(worker, owner) || proof_run_is_over(run))
                end_run(worker, owner, run);
}

void provers_step(Worker *worker) {
        Provers *p = &worker->provers;

        for (size_t i = 0; p->runs && i < PROOFS_RUNNING_MAX; i++)
                step_run(worker, p->runs + i);

        /* One of each request in turn: a long one does not keep a short one waiting. */
        for (size_t i = 0; p->runs && i < PROOFS_RUNNING_MAX; i++) {
                Prover **link = &p->first;
                bool begun = false;

                if (p->runs[i].proof)
                        continue;
                while (*link && !begun) {
                        Prover *prover = *link;

                        begun = begin_next(worker, prover, p->runs + i);
                        if (!begun) {
                                link = &prover->next;
                                continue;
                        }
                        if (prover->next) {
                                *link = prover->next;
                                prover->next = NULL;
                                for (link = &p->first; *link;)
                                        link = &(*link)->next;
                                *link = prover;
                        }
                }
                /* Decided without having been run: the place is still free. */
                if (begun && !p->runs[i].proof)
                        i--;
        }
}

Prover *provers_take_ended(Worker *worker) {
        for (Prover **link = &worker->provers.first; *link; link = &(*link)->next) {
                Prover *prover = *link;

                if (!has_ended(worker, prover))
                        continue;
                for (size_t i = 0; i < PROOFS_RUNNING_MAX; i++)
                        if (worker->provers.runs[i].owner == prover)
                                proof_run_done(worker->provers.runs + i);
                *link = prover->next;
                return prover;
        }
        return NULL;
}

/* ---- the answer ---- */

static int write_unit(const ProvedUnit *unit, size_t evidence_max, Reply *reply, Error *error) {
        JsonWriter *w = &reply->writer;

        json_begin_object(w);
        json_write_key_string(w, "unit", unit->unit);
        if (unit->active)
                json_write_key_string(w, "active", unit->active);
        if (unit->n_proofs > 0) {
                json_write_key(w, "proofs");
                json_begin_array(w);
                for (size_t i = 0; i < unit->n_proofs; i++)
                        proof_write(unit->proofs + i, evidence_max, w);
                json_end_array(w);
        }
        if (error_is_set(&unit->error)) {
                json_write_key(w, "error");
                error_write(&unit->error, w);
        }
        json_end_object(w);
        return reply_row_end(reply, error);
}

int prover_write(Worker *worker, const Prover *prover, Reply *reply, Error *error) {
        size_t evidence_max = PROOF_EVIDENCE_ALL_MAX / MAX(prover->found.n_proofs, (size_t) 1);
        int r;

        if (is_lost(worker, prover))
                return error_set(error, ERROR_MANAGER_FAILED,
                        "The service manager of this account went away while proofs were being looked at.");

        reply_rows_begin(reply, "units");
        for (size_t i = 0; i < prover->found.n_units; i++) {
                r = write_unit(prover->found.units + i, MIN(evidence_max, PROOF_EVIDENCE_MAX), reply, error);
                if (r < 0)
                        return r;
        }
        reply_rows_end(reply);
        if (prover->commands)
                json_write_key_bool(&reply->writer, "changed", prover->ran);
        return 0;
}

/* ---- the beginning ---- */

/* What can be decided at once is. */
static void look(Prover *prover, const Disk *disk) {
        for (size_t i = 0; i < prover->found.n_units; i++)
                for (size_t j = 0; j < prover->found.units[i].n_proofs; j++) {
                        Proof *proof = prover->found.units[i].proofs + j;

                        if (proof->kind == PROOF_FILE)
                                (void) proof_look_file(disk, proof);
                        else if (proof->kind == PROOF_EXEC && !prover->commands)
                                proof_decide(proof, PROOF_NOT_RUN,
                                        "A command is only run for who may control the unit.");
                }
}

static int make_prover(Worker *worker, const Request *request, Prover **ret, Error *error) {
        const Parameters *p = &request->parameters;
        _cleanup_(prover_freep) Prover *prover = NULL;
        _cleanup_(disk_done) Disk disk = { .home_fd = -EBADF };
        int r;

        if (p->timeout != UNSIGNED_UNSET && (p->timeout == 0 || p->timeout > PROOF_DEADLINE_MAX_SEC))
                return error_set(error, ERROR_INVALID_REQUEST, "\"timeout\" is from 1 to %u seconds.",
                        PROOF_DEADLINE_MAX_SEC);
        prover = calloc(1, sizeof(*prover));
        if (!prover)
                return error_set(error, ERROR_INTERNAL, "No memory for a request.");
        prover->serial = request->serial;
        prover->commands = request->method->id == METHOD_UNITS_PROVE_COMMANDS;
        prover->limit_usec = p->timeout == UNSIGNED_UNSET ? PROOF_UNSET : p->timeout * USEC_PER_SEC;
        prover->end_usec = clock_now_usec() + request->method->deadline_sec * USEC_PER_SEC - END_MARGIN_USEC;

        r = disk_open(worker->uid, request->home, worker->system_root, worker->runtime_root, &disk);
        if (r < 0)
                return disk_error(r, error);
        r = proved_units_gather(worker, request, &disk, &prover->found, error);
        if (r < 0)
                return r;
        look(prover, &disk);
        *ret = TAKE_PTR(prover);
        return 0;
}

static int make_room(Provers *p, Error *error) {
        size_t n = 0;

        for (const Prover *prover = p->first; prover; prover = prover->next)
                n++;
        if (n >= WORKER_JOBS_MAX)
                return error_set(error, ERROR_LIMIT_EXCEEDED,
                        "Too many requests wait for proofs of this account (%u at most).", WORKER_JOBS_MAX);
        if (p->runs)
                return 0;
        p->runs = calloc(PROOFS_RUNNING_MAX, sizeof(ProofRun));
        if (!p->runs)
                return error_set(error, ERROR_INTERNAL, "No memory for proofs.");
        for (size_t i = 0; i < PROOFS_RUNNING_MAX; i++)
                p->runs[i].fd = -EBADF;
        return 0;
}

int method_units_prove(Worker *worker, Request *request, Reply *reply, Error *error) {
        _cleanup_(prover_freep) Prover *prover = NULL;
        Prover **link = &worker->provers.first;
        const char *unit;
        int r;

        r = make_prover(worker, request, &prover, error);
        if (r < 0)
                return r;
        prover->generation = worker->manager.generation;
        if (!next_open(prover, &unit))
                return prover_write(worker, prover, reply, error);
        prover->proof--; /* it has only been looked for */

        r = make_room(&worker->provers, error);
        if (r < 0)
                return r;
        while (*link)
                link = &(*link)->next;
        *link = TAKE_PTR(prover);
        return METHOD_WAITING;
}
