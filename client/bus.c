/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Talking to the service, see bus.h. */

#include "client/bus.h"

#include <fcntl.h>
#include <stdarg.h>
#include <time.h>

#include "common/contract.h"
#include "common/exit-code.h"
#include "common/limits.h"

/* The service answers within its own deadlines, a queue before them included; beyond this it hangs. */
#define ANSWER_USEC (60 * USEC_PER_SEC)

/* Errors of the bus that all mean: there is no service to talk to. */
static const char *const absent_errors[] = {
        SD_BUS_ERROR_NAME_HAS_NO_OWNER,
        SD_BUS_ERROR_SERVICE_UNKNOWN,
        SD_BUS_ERROR_NO_SERVER,
        SD_BUS_ERROR_DISCONNECTED,
        "org.freedesktop.DBus.Error.Spawn.ChildExited",
        "org.freedesktop.DBus.Error.Spawn.ChildSignaled",
        "org.freedesktop.DBus.Error.Spawn.ExecFailed",
        "org.freedesktop.DBus.Error.Spawn.Failed",
        "org.freedesktop.DBus.Error.Spawn.ServiceNotFound",
};

/* PID 1's own words reach us where it should have started the service: masked, not loaded, not there. */
static bool is_absent(const sd_bus_error *e) {
        if (!sd_bus_error_is_set(e))
                return false;
        for (size_t i = 0; i < ELEMENTSOF(absent_errors); i++)
                if (sd_bus_error_has_name(e, absent_errors[i]))
                        return true;
        return startswith(e->name, "org.freedesktop.systemd1.") != NULL;
}

void bus_fault_done(BusFault *fault) {
        free(fault->message);
        *fault = (BusFault){};
}

void bus_reply_done(BusReply *reply) {
        for (size_t i = 0; i < reply->n_fds; i++)
                safe_close(reply->fds[i]);
        free(reply->fds);
        free(reply->text);
        *reply = (BusReply){};
}

_printf_(3, 4) static void fault_set(BusFault *fault, int exit_code, const char *format, ...) {
        va_list ap;

        fault->code = ERROR_NONE;
        fault->exit_code = exit_code;
        va_start(ap, format);
        if (vasprintf(&fault->message, format, ap) < 0)
                fault->message = NULL;
        va_end(ap);
}

static void fault_from_bus(BusFault *fault, const sd_bus_error *e, int error) {
        ErrorCode code = sd_bus_error_is_set(e) ? error_code_from_bus_name(e->name) : _ERROR_INVALID;

        if (code >= 0) {
                fault->code = code;
                fault->exit_code = error_code_to_exit(code);
                fault->message = strdup(isempty(e->message) ? error_code_doc(code) : e->message);
                return;
        }

        if (is_absent(e)) {
                fault_set(fault, EXIT_CODE_NO_SERVICE,
                        "userunitd is not there: %s\n\"userunitctl doctor\" looks for the reason, \"systemctl status userunitd\" has its last words.",
                        isempty(e->message) ? "no one has its name on the bus" : e->message);
                return;
        }

        if (sd_bus_error_has_name(e, SD_BUS_ERROR_ACCESS_DENIED))
                fault_set(fault, EXIT_CODE_NOT_AUTHORIZED, "The bus does not let this through: %s",
                        strempty(e->message));
        else if (sd_bus_error_has_name(e, SD_BUS_ERROR_NO_REPLY) || error == -ETIMEDOUT) {
                fault->lost = true;
                fault_set(fault, EXIT_CODE_NO_SERVICE,
                        "userunitd went away or does not answer: \"userunitctl doctor\" looks for the reason.");
        } else if (error == -ECONNRESET || error == -ENOTCONN) {
                fault->lost = true;
                fault_set(fault, EXIT_CODE_NO_SERVICE, "The system bus closed the connection.");
        } else if (sd_bus_error_is_set(e) && !isempty(e->message))
                fault_set(fault, EXIT_CODE_FAILURE, "%s", e->message);
        else
                fault_set(fault, EXIT_CODE_FAILURE, "%s.", strerror(-error));
}

int bus_open(sd_bus **ret, BusFault *fault) {
        int r;

        r = sd_bus_open_system(ret);
        if (r < 0)
                fault_set(fault, EXIT_CODE_NO_SERVICE,
                        "Cannot connect to the system bus: %s. \"userunitctl doctor\" looks for the reason.",
                        strerror(-r));
        return r;
}

/* Sends a request to Call or Open. */
static int ask(sd_bus *bus, const char *member, const char *request, const int *fds, size_t n_fds,
        unsigned flags, sd_bus_message **ret, BusFault *fault) {
        _cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = sd_bus_message_new_method_call(bus, &m, BUS_NAME, BUS_PATH, BUS_INTERFACE, member);
        if (r >= 0)
                r = sd_bus_message_append(m, "s", request);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'a', "h");
        for (size_t i = 0; r >= 0 && i < n_fds; i++)
                r = sd_bus_message_append_basic(m, 'h', fds + i);
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        if (r >= 0)
                r = sd_bus_message_set_allow_interactive_authorization(m, !!(flags & BUS_CALL_INTERACTIVE));
        if (r >= 0)
                /* A person who is typing a password, and a job, take as long as they take. */
                r = sd_bus_call(bus, m,
                        flags & (BUS_CALL_INTERACTIVE | BUS_CALL_PATIENT) ? UINT64_MAX : ANSWER_USEC, &e,
                        ret);
        if (r < 0)
                fault_from_bus(fault, &e, r);
        return r < 0 ? r : 0;
}

static int read_fds(sd_bus_message *m, BusReply *reply) {
        int r;

        r = sd_bus_message_enter_container(m, 'a', "h");
        if (r < 0)
                return r;
        reply->fds = calloc(REPLY_FDS_MAX, sizeof(int));
        if (!reply->fds)
                return -ENOMEM;

        for (;;) {
                int fd;

                r = sd_bus_message_read(m, "h", &fd);
                if (r <= 0)
                        break;
                if (reply->n_fds >= REPLY_FDS_MAX)
                        return -EMFILE;
                fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
                if (fd < 0)
                        return -errno;
                reply->fds[reply->n_fds++] = fd;
        }

        return r < 0 ? r : sd_bus_message_exit_container(m);
}

int bus_call(sd_bus *bus, const char *request, const int *fds, size_t n_fds, unsigned flags, BusReply *ret,
        BusFault *fault) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        _cleanup_(bus_reply_done) BusReply reply = {};
        const char *text;
        int r;

        r = ask(bus, "Call", request, fds, n_fds, flags, &m, fault);
        if (r < 0)
                return r;

        r = sd_bus_message_read(m, "s", &text);
        if (r >= 0)
                r = read_fds(m, &reply);
        if (r >= 0) {
                reply.text = strdup(text);
                r = reply.text ? 0 : -ENOMEM;
        }
        if (r < 0) {
                fault_set(fault, EXIT_CODE_FAILURE, "The reply cannot be read: %s.", strerror(-r));
                return r;
        }

        *ret = reply;
        reply = (BusReply){};
        return 0;
}

int bus_open_stream(sd_bus *bus, const char *request, unsigned flags, int *ret_fd, BusFault *fault) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int fd, r;

        r = ask(bus, "Open", request, NULL, 0, flags, &m, fault);
        if (r < 0)
                return r;

        r = sd_bus_message_read(m, "h", &fd);
        if (r >= 0) {
                fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
                r = fd < 0 ? -errno : 0;
        }
        if (r < 0) {
                fault_set(fault, EXIT_CODE_FAILURE, "The reply cannot be read: %s.", strerror(-r));
                return r;
        }

        *ret_fd = fd;
        return 0;
}

static int copy_string(const char *s, char **ret, BusFault *fault) {
        char *copy = strdup(s);

        if (!copy) {
                fault_set(fault, EXIT_CODE_FAILURE, "%s.", strerror(ENOMEM));
                return -ENOMEM;
        }
        *ret = copy;
        return 0;
}

int bus_describe(sd_bus *bus, char **ret, BusFault *fault) {
        _cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        const char *text;
        int r;

        r = sd_bus_call_method(bus, BUS_NAME, BUS_PATH, BUS_INTERFACE, "Describe", &e, &m, NULL);
        if (r >= 0)
                r = sd_bus_message_read(m, "s", &text);
        if (r < 0) {
                fault_from_bus(fault, &e, r);
                return r;
        }
        return copy_string(text, ret, fault);
}

int bus_version(sd_bus *bus, char **ret, BusFault *fault) {
        _cleanup_(sd_bus_error_free) sd_bus_error e = SD_BUS_ERROR_NULL;
        _cleanup_free_ char *text = NULL;
        int r;

        r = sd_bus_get_property_string(bus, BUS_NAME, BUS_PATH, BUS_INTERFACE, "Version", &e, &text);
        if (r < 0) {
                fault_from_bus(fault, &e, r);
                return r;
        }
        return copy_string(text, ret, fault);
}

/* The 22nd field of /proc/PID/stat, behind the name, which may hold anything: clock ticks since the boot. */
static int process_started(pid_t pid, uint64_t *ret_usec) {
        _cleanup_fclose_ FILE *f = NULL;
        struct timespec boot, real;
        char path[64], text[1024];
        unsigned long long ticks;
        uint64_t since_boot, now;
        const char *p;
        size_t n;

        snprintf(path, sizeof(path), "/proc/%d/stat", (int) pid);
        f = fopen(path, "re");
        if (!f)
                return -errno;
        n = fread(text, 1, sizeof(text) - 1, f);
        text[n] = 0;
        p = strrchr(text, ')');
        if (!p ||
                sscanf(p + 1,
                        " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
                        &ticks) != 1)
                return -EBADMSG;
        if (clock_gettime(CLOCK_BOOTTIME, &boot) < 0 || clock_gettime(CLOCK_REALTIME, &real) < 0)
                return -errno;

        since_boot = (uint64_t) boot.tv_sec * USEC_PER_SEC + (uint64_t) boot.tv_nsec / 1000;
        now = (uint64_t) real.tv_sec * USEC_PER_SEC + (uint64_t) real.tv_nsec / 1000;
        *ret_usec = now - since_boot + ticks * USEC_PER_SEC / (uint64_t) sysconf(_SC_CLK_TCK);
        return 0;
}

int bus_service_started(sd_bus *bus, uint64_t *ret_usec) {
        sd_bus_creds *creds = NULL;
        pid_t pid = 0;
        int r;

        if (!bus)
                return -ENOTCONN;
        r = sd_bus_get_name_creds(bus, BUS_NAME, SD_BUS_CREDS_PID, &creds);
        if (r >= 0)
                r = sd_bus_creds_get_pid(creds, &pid);
        sd_bus_creds_unref(creds);
        return r < 0 ? r : process_started(pid, ret_usec);
}
