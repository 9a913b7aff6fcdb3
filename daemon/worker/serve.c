/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The worker's loop: one request at a time from the daemon, and in between the ends of jobs from the
 * manager. Which function carries out which method is one table.
 */

#include "daemon/worker/serve.h"

#include <malloc.h>
#include <poll.h>

#include "common/frame.h"
#include "daemon/worker/disk/unit-files.h"
#include "daemon/worker/jobs.h"
#include "daemon/worker/proof/prover.h"
#include "daemon/worker/run/run.h"
#include "daemon/worker/worker.h"

/* An exchange ends so much before the row's deadline, at which the daemon kills. */
#define DEADLINE_MARGIN_USEC (500U * USEC_PER_MSEC)
/* For an exchange of a method that waits for jobs: its row's deadline is that of the wait. */
#define QUEUING_USEC (5U * USEC_PER_SEC - DEADLINE_MARGIN_USEC)

/* Warm workers are many: one that was not asked anything for so long gives back what its last answer took.
 */
#define IDLE_MSEC 500

typedef struct MethodRow {
        MethodFunction online;
        MethodFunction offline; /* where the manager is not running; NULL: no answer then */
} MethodRow;

static const MethodRow method_rows[_METHOD_MAX] = {
        [METHOD_ACCOUNTS_LIST] = { method_accounts_show, offline_accounts_show },
        [METHOD_ACCOUNTS_SHOW] = { method_accounts_show, offline_accounts_show },
        [METHOD_JOBS_CANCEL] = { method_jobs_cancel, NULL },
        [METHOD_JOBS_LIST] = { method_jobs_list, NULL },
        [METHOD_LINGER_ENABLE] = { method_manager_probe, method_manager_probe },
        [METHOD_MANAGER_ENVIRONMENT] = { method_manager_environment, NULL },
        [METHOD_MANAGER_REEXEC] = { method_manager_reexec, NULL },
        [METHOD_MANAGER_RELOAD] = { method_manager_reload, NULL },
        [METHOD_MANAGER_RESTART] = { method_manager_probe, method_manager_probe },
        [METHOD_MANAGER_SET_ENVIRONMENT] = { method_manager_set_environment, NULL },
        [METHOD_MANAGER_START] = { method_manager_probe, method_manager_probe },
        [METHOD_MANAGER_STATUS] = { method_manager_status, offline_manager_status },
        [METHOD_MANAGER_UNSET_ENVIRONMENT] = { method_manager_set_environment, NULL },
        [METHOD_PATHS_LIST] = { method_paths_list, NULL },
        [METHOD_SOCKETS_LIST] = { method_sockets_list, NULL },
        [METHOD_TIMERS_LIST] = { method_timers_list, NULL },
        [METHOD_UNIT_FILES_ADD_REQUIRES] = { method_unit_files_change, offline_unit_files_change },
        [METHOD_UNIT_FILES_ADD_WANTS] = { method_unit_files_change, offline_unit_files_change },
        [METHOD_UNIT_FILES_DEFAULT] = { method_unit_files_default, offline_unit_files_default },
        [METHOD_UNIT_FILES_DISABLE] = { method_unit_files_change, offline_unit_files_change },
        [METHOD_UNIT_FILES_ENABLE] = { method_unit_files_change, offline_unit_files_change },
        [METHOD_UNIT_FILES_LIST] = { method_unit_files_list, offline_unit_files_list },
        [METHOD_UNIT_FILES_MASK] = { method_unit_files_change, offline_unit_files_change },
        [METHOD_UNIT_FILES_PRESET] = { method_unit_files_change, offline_unit_files_change },
        [METHOD_UNIT_FILES_REENABLE] = { method_unit_files_change, offline_unit_files_change },
        [METHOD_UNIT_FILES_SET_DEFAULT] = { method_unit_files_change, offline_unit_files_change },
        [METHOD_UNIT_FILES_STATE] = { method_unit_files_state, offline_unit_files_state },
        [METHOD_UNIT_FILES_UNMASK] = { method_unit_files_change, offline_unit_files_change },
        [METHOD_UNITS_CAT] = { method_units_cat, offline_units_cat },
        [METHOD_UNITS_CLEAN] = { method_units_clean, NULL },
        [METHOD_UNITS_DEPENDENCIES] = { method_units_dependencies, NULL },
        [METHOD_UNITS_FREEZE] = { method_units_freeze, NULL },
        [METHOD_UNITS_KILL] = { method_units_kill, NULL },
        [METHOD_UNITS_LIST] = { method_units_list, NULL },
        [METHOD_UNITS_PROVE] = { method_units_prove, NULL },
        [METHOD_UNITS_PROVE_COMMANDS] = { method_units_prove, NULL },
        [METHOD_UNITS_RELOAD] = { method_units_job, NULL },
        [METHOD_UNITS_RELOAD_OR_RESTART] = { method_units_job, NULL },
        [METHOD_UNITS_RESET_FAILED] = { method_units_reset_failed, NULL },
        [METHOD_UNITS_RUN] = { method_units_run, NULL },
        [METHOD_UNITS_SET_PROPERTY] = { method_units_set_property, NULL },
        [METHOD_UNITS_RESTART] = { method_units_job, NULL },
        [METHOD_UNITS_SHOW] = { method_units_show, NULL },
        [METHOD_UNITS_START] = { method_units_job, NULL },
        [METHOD_UNITS_STATE] = { method_units_state, offline_units_state },
        [METHOD_UNITS_STATUS] = { method_units_status, offline_units_status },
        [METHOD_UNITS_STOP] = { method_units_job, NULL },
        [METHOD_UNITS_THAW] = { method_units_freeze, NULL },
        [METHOD_UNITS_TRY_RELOAD_OR_RESTART] = { method_units_job, NULL },
        [METHOD_UNITS_TRY_RESTART] = { method_units_job, NULL },
        [METHOD_UNITS_USAGE] = { method_units_usage, NULL },
};

static void begin_exchange(Worker *worker, const Method *method) {
        uint64_t usec = QUEUING_USEC;

        /* What the daemon carries out has its own deadline there; here only the proof that it worked is
         * asked for. */
        if (!method_is(method, METHOD_WAITS) && method->place != PLACE_SYSTEM)
                usec = method->deadline_sec * USEC_PER_SEC - DEADLINE_MARGIN_USEC;
        if (worker->exchange_usec > 0)
                usec = MIN(usec, worker->exchange_usec);
        worker->manager.deadline = clock_now_usec() + usec;
}

/* Returns 0, or a negative errno where the stream to the daemon is unusable. */
static int answer_error(Worker *worker, uint64_t serial, int r, const Error *error) {
        /* A failure that nobody put into words is one of writing to the daemon. */
        if (!error_is_set(error))
                return r;
        return reply_send_error(worker->fd, serial, error);
}

/* A manager that does not answer at all is found out soon, whatever time the call itself is given. */
static int check_manager(Manager *m, Error *error) {
        _cleanup_message_ sd_bus_message *call = NULL;
        uint64_t deadline = m->deadline, soon = clock_now_usec() + QUEUING_USEC;
        int r;

        if (soon >= deadline)
                return 0;

        m->deadline = soon;
        r = manager_message_new(m, MANAGER_PATH, "org.freedesktop.DBus.Peer", "Ping", &call, error);
        if (r >= 0)
                r = manager_call(m, call, NULL, error);
        m->deadline = deadline;
        return r;
}

/* Where no manager is asked. */
static int carry_out_offline(
        Worker *worker, const MethodRow *row, Request *request, Reply *reply, Error *error) {
        size_t n;
        int r;

        if (request->only_if_files) {
                r = unit_files_count_own(worker, request->home, &n, error);
                if (r < 0)
                        return r;
                if (n == 0)
                        return error_set(
                                error, ERROR_CANCELLED, "The account has no unit files of its own.");
        }
        return row->offline(worker, request, reply, error);
}

static int carry_out_once(Worker *worker, Request *request, Reply *reply, Error *error) {
        const MethodRow *row = method_rows + request->method->id;
        int r;

        if (!row->online)
                return error_set(error, ERROR_NO_SUCH_METHOD, "The method is not one of a worker's.");

        if (request->parameters.on_disk && row->offline)
                return carry_out_offline(worker, row, request, reply, error);

        r = manager_connect(&worker->manager, error);
        if (r >= 0)
                r = check_manager(&worker->manager, error);
        if (r >= 0)
                return row->online(worker, request, reply, error);
        if (error->code != ERROR_MANAGER_NOT_RUNNING || !row->offline)
                return r;

        error_done(error);
        return carry_out_offline(worker, row, request, reply, error);
}

/* A connection that was kept may end just as we use it: the manager was executed again or started anew. What
 * only reads is then asked once more, over a new one; what changes something may have been done already. */
static int carry_out(Worker *worker, Request *request, Reply *reply, Error *error) {
        bool kept = worker->manager.bus != NULL;
        unsigned generation = worker->manager.generation;
        bool stream = reply->stream;
        int r;

        r = carry_out_once(worker, request, reply, error);
        if (r >= 0 || error->code != ERROR_MANAGER_FAILED || !kept ||
                worker->manager.generation == generation)
                return r;
        if (method_is(request->method, METHOD_CHANGES) || reply->sent > 0)
                return r;

        error_done(error);
        reply_done(reply);
        reply_begin(reply, worker->fd, request->serial, stream);
        return carry_out_once(worker, request, reply, error);
}

static int serve_request(Worker *worker, Frame *frame) {
        _cleanup_(request_done) Request request = REQUEST_NULL;
        _cleanup_(error_done) Error error = ERROR_NULL;
        _cleanup_(reply_done) Reply reply = { .fd = -EBADF };
        uint64_t serial = frame->header.serial;
        bool stream;
        int r;

        if (frame->header.type != FRAME_REQUEST && frame->header.type != FRAME_STREAM_REQUEST)
                return -EBADMSG;
        r = request_read(frame->payload, frame->header.size, &request, &error);
        if (r < 0)
                return answer_error(worker, serial, r, &error);
        request.serial = serial;
        r = request_take_fds(&request, frame);
        if (r < 0)
                return r;

        begin_exchange(worker, request.method);
        stream = frame->header.type == FRAME_STREAM_REQUEST && method_is(request.method, METHOD_STREAMS);
        reply_begin(&reply, worker->fd, serial, stream);
        r = carry_out(worker, &request, &reply, &error);
        if (r == METHOD_WAITING)
                return frame_send(worker->fd, FRAME_WAITING, serial, NULL, 0, NULL, 0, -1);
        if (r >= 0)
                r = reply_send(&reply, &error);
        if (r < 0)
                return answer_error(worker, serial, r, &error);
        return 0;
}

static int finish_wait(Worker *worker, JobWait *wait) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        _cleanup_(reply_done) Reply reply = { .fd = -EBADF };
        int r;

        worker->manager.deadline =
                clock_now_usec() + (worker->exchange_usec > 0 ? worker->exchange_usec : QUEUING_USEC);
        reply_begin(&reply, worker->fd, wait->serial, false);
        r = wait->run ? run_write(worker, wait, &reply, &error) : jobs_write(worker, wait, &reply, &error);
        if (r >= 0)
                r = reply_send(&reply, &error);
        if (r < 0)
                return answer_error(worker, wait->serial, r, &error);
        return 0;
}

/* Answers the requests whose jobs have ended, and all where the manager that would tell has gone. */
static int finish_waits(Worker *worker) {
        int r;

        for (;;) {
                _cleanup_(job_wait_freep) JobWait *wait = NULL;

                wait = job_waits_take_ended(&worker->jobs);
                if (!wait)
                        break;
                if (wait->run && run_goes_on(worker, wait->run)) {
                        r = job_waits_add(&worker->jobs, wait); /* where it was */
                        if (r < 0)
                                return r;
                        TAKE_PTR(wait);
                        continue;
                }
                r = finish_wait(worker, wait);
                if (r < 0)
                        return r;
        }

        for (;;) {
                _cleanup_(job_wait_freep) JobWait *wait = NULL;
                _cleanup_(error_done) Error error = ERROR_NULL;

                wait = job_waits_take_lost(&worker->jobs, worker->manager.generation);
                if (!wait)
                        break;
                (void) error_set(&error, ERROR_MANAGER_FAILED,
                        "The service manager of this account went away while the job was running.");
                r = reply_send_error(worker->fd, wait->serial, &error);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int finish_prover(Worker *worker, const Prover *prover) {
        _cleanup_(error_done) Error error = ERROR_NULL;
        _cleanup_(reply_done) Reply reply = { .fd = -EBADF };
        uint64_t serial = prover_serial(prover);
        int r;

        reply_begin(&reply, worker->fd, serial, false);
        r = prover_write(worker, prover, &reply, &error);
        if (r >= 0)
                r = reply_send(&reply, &error);
        if (r < 0)
                return answer_error(worker, serial, r, &error);
        return 0;
}

/* Goes on with proofs, and answers the requests that have all of theirs. */
static int finish_provers(Worker *worker) {
        int r;

        provers_step(worker);
        for (;;) {
                _cleanup_(prover_freep) Prover *prover = provers_take_ended(worker);

                if (!prover)
                        return 0;
                r = finish_prover(worker, prover);
                if (r < 0)
                        return r;
        }
}

/* Returns 1 after a request, 0 at the end of the connection. */
static int serve_daemon(Worker *worker, FrameReader *reader) {
        _cleanup_(frame_done) Frame frame = FRAME_NULL;
        int r;

        r = frame_read(reader, worker->fd, &frame);
        if (r <= 0)
                return r;

        r = serve_request(worker, &frame);
        return r < 0 ? r : 1;
}

static int serve_loop(Worker *worker, FrameReader *reader) {
        bool used = false;

        for (;;) {
                struct pollfd p[2 + PROOFS_RUNNING_MAX] = { { .fd = worker->fd, .events = POLLIN },
                        { .fd = -1 } };
                int n, r, timeout;
                unsigned n_proofs;

                /* First, for what it asks the manager may bring the ends of jobs; provers_timeout() sees the
                 * reverse. */
                r = finish_provers(worker);
                if (r >= 0)
                        r = finish_waits(worker);
                if (r < 0)
                        return r;

                (void) manager_pollfd(&worker->manager, &p[1].fd, &p[1].events);
                n_proofs = provers_poll(worker, p + 2);
                timeout = provers_timeout(worker);
                if (used && (timeout < 0 || timeout > IDLE_MSEC))
                        timeout = IDLE_MSEC;
                n = poll(p, 2 + n_proofs, timeout);
                if (n < 0) {
                        if (errno == EINTR)
                                continue;
                        return -errno;
                }
                if (n == 0 && timeout < IDLE_MSEC)
                        continue;
                if (n == 0) {
                        (void) malloc_trim(0);
                        used = false;
                        continue;
                }

                if (p[1].revents != 0)
                        (void) manager_dispatch(&worker->manager);

                if (p[0].revents != 0) {
                        r = serve_daemon(worker, reader);
                        if (r <= 0)
                                return r;
                        used = true;
                }
        }
}

int worker_run(Worker *worker) {
        FrameReader reader = FRAME_READER_NULL;
        int r;

        worker->manager = (Manager){
                .uid = worker->uid,
                .runtime_root = worker->runtime_root,
                .on_job_removed = jobs_on_removed,
                .userdata = worker,
        };

        r = serve_loop(worker, &reader);
        /* That the daemon has gone is no breach, also where we find out while answering. */
        if (r == -EPIPE || r == -ECONNRESET)
                r = 0;

        frame_reader_done(&reader);
        manager_disconnect(&worker->manager);
        job_waits_done(&worker->jobs);
        provers_done(worker);
        return r;
}

int worker_serve(int fd, uid_t uid, const char *runtime_root) {
        Worker worker = {
                .fd = fd,
                .uid = uid,
                .runtime_root = runtime_root,
                .system_root = "",
        };

        if (getuid() != uid || geteuid() != uid || uid == 0)
                return -EPERM;
        return worker_run(&worker);
}
