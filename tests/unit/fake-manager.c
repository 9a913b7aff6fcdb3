/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The fake manager, see fake-manager.h. */

#include "tests/unit/fake-manager.h"

#include <err.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>

#include "tests/unit/fake-manager-prove.h"
#include "tests/unit/fake-manager-reads.h"
#include "tests/unit/fake-manager-run.h"

#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANY_UNITS   6000

static int append_row(sd_bus_message *m, const char *id, const char *active) {
        return sd_bus_message_append(m, "(ssssssouso)", id, "A description", "loaded", active, "sub", "",
                "/org/freedesktop/systemd1/unit/x", 0, "", "/");
}

static int reply_units(sd_bus_message *call, FakeBehaviour behaviour) {
        sd_bus_message *reply = NULL;
        char id[32];
        int r;

        r = sd_bus_message_new_method_return(call, &reply);
        if (r < 0)
                return r;
        (void) sd_bus_message_open_container(reply, 'a', "(ssssssouso)");
        (void) append_row(reply, "b.service", "active");
        (void) append_row(reply, "z.mount", "active");
        (void) append_row(reply, "A.service", "failed");
        (void) append_row(reply, "c.service", "inactive");
        (void) append_row(reply, "x\033[31m.service", "active");
        for (unsigned i = 0; behaviour == FAKE_MANY && i < MANY_UNITS; i++) {
                (void) snprintf(id, sizeof(id), "many-%05u.service", i);
                (void) append_row(reply, id, "active");
        }
        (void) sd_bus_message_close_container(reply);
        r = sd_bus_send(sd_bus_message_get_bus(call), reply, NULL);
        sd_bus_message_unref(reply);
        return r;
}

static int reply_property(sd_bus_message *call) {
        const char *interface, *property;
        int r;

        r = sd_bus_message_read(call, "ss", &interface, &property);
        if (r < 0)
                return r;
        if (streq(property, "InvocationID"))
                return sd_bus_reply_method_return(call, "v", "ay", 2, 1, 2);
        if (streq(property, "NeedDaemonReload"))
                return sd_bus_reply_method_return(call, "v", "b", 0);
        if (streq(property, "ConditionResult"))
                return sd_bus_reply_method_return(call, "v", "b", 1);
        if (streq(property, "ConditionTimestampMonotonic"))
                return sd_bus_reply_method_return(call, "v", "t", UINT64_C(1));
        if (streq(property, "Result"))
                return sd_bus_reply_method_return(call, "v", "s", "exit-code");
        if (streq(property, "ActiveState"))
                return sd_bus_reply_method_return(call, "v", "s",
                        endswith(sd_bus_message_get_path(call), "failed_2eservice") ? "failed" : "active");
        return sd_bus_reply_method_return(call, "v", "s", "running");
}

static int send_end(sd_bus *bus, const char *job, const char *unit, const char *result) {
        return sd_bus_emit_signal(bus, MANAGER_PATH, "org.freedesktop.systemd1.Manager", "JobRemoved",
                "uoss", 1, job, unit, result);
}

static int reply_job(sd_bus_message *call) {
        sd_bus *bus = sd_bus_message_get_bus(call);
        const char *unit, *mode;
        int r;

        r = sd_bus_message_read(call, "ss", &unit, &mode);
        if (r < 0)
                return r;
        if (streq(unit, "nope.service"))
                return sd_bus_reply_method_errorf(
                        call, "org.freedesktop.systemd1.NoSuchUnit", "Unit %s\033[2J\nnot found.", unit);
        if (streq(unit, "early.service")) {
                (void) send_end(bus, "/job/7", unit, "done");
                return sd_bus_reply_method_return(call, "o", "/job/7");
        }

        if (streq(unit, "never.service"))
                return sd_bus_reply_method_return(call, "o", "/job/9");

        (void) sd_bus_reply_method_return(call, "o", "/job/8");
        (void) send_end(bus, "/job/1", "other.service", "failed");
        return send_end(bus, "/job/8", unit, streq(unit, "failed.service") ? "failed" : "done");
}

static int reply_well(sd_bus_message *call, FakeBehaviour behaviour) {
        const char *member = sd_bus_message_get_member(call);
        int r;

        r = fake_manager_reply_prove(call);
        if (r == 0)
                r = fake_manager_reply_read(call);
        if (r == 0)
                r = fake_manager_reply_run(call);
        if (r != 0)
                return r;

        if (streq(member, "ListUnitsByPatterns"))
                return reply_units(call, behaviour);
        if (streq(member, "Get"))
                return reply_property(call);
        if (streq(member, "GetAll"))
                return sd_bus_reply_method_return(
                        call, "a{sv}", 3, "Id", "s", "x", "N", "t", UINT64_MAX, "S", "as", 0);
        if (streq(member, "StartUnit") || streq(member, "RestartUnit"))
                return reply_job(call);
        if (streq(member, "GetUnitFileState"))
                return sd_bus_reply_method_return(call, "s", "enabled");
        if (streq(member, "DisableUnitFiles"))
                return sd_bus_reply_method_return(call, "a(sss)", 1, "unlink", "/x", "");
        if (streq(member, "DisableUnitFilesWithFlagsAndInstallInfo"))
                return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_UNKNOWN_METHOD, "What is that?");
        return sd_bus_reply_method_return(call, NULL);
}

static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        FakeBehaviour behaviour = *(FakeBehaviour *) userdata;
        sd_bus *bus = sd_bus_message_get_bus(m);
        uint8_t type;
        int r;

        (void) sd_bus_message_get_type(m, &type);
        if (type != SD_BUS_MESSAGE_METHOD_CALL)
                return 0;

        switch (behaviour) {
        case FAKE_MUTE:
        case FAKE_FLOOD:
                return 1;
        case FAKE_DIES:
                if (streq(sd_bus_message_get_member(m), "Subscribe"))
                        break;
                sd_bus_close(bus);
                return 1;
        case FAKE_WRONG_TYPES:
                return sd_bus_reply_method_return(m, "x", INT64_C(-1));
        default:
                break;
        }

        r = reply_well(m, behaviour);
        if (behaviour == FAKE_FORGETFUL) {
                (void) sd_bus_flush(bus);
                sd_bus_close(bus);
        }
        return r < 0 ? r : 1;
}

static void serve_bus(int fd, FakeBehaviour behaviour) {
        sd_bus *bus = NULL;
        int r;

        if (sd_bus_new(&bus) < 0 || sd_bus_set_fd(bus, fd, fd) < 0 ||
                sd_bus_set_server(bus, true, (sd_id128_t){ .bytes = { 1 } }) < 0 || sd_bus_start(bus) < 0 ||
                sd_bus_add_filter(bus, NULL, on_message, &behaviour) < 0)
                errx(EXIT_FAILURE, "Cannot serve a bus");

        for (;;) {
                r = sd_bus_process(bus, NULL);
                if (r < 0 || !sd_bus_is_open(bus))
                        break;
                if (behaviour == FAKE_FLOOD && sd_bus_is_ready(bus) > 0) {
                        for (unsigned i = 0; i < 256; i++)
                                (void) send_end(bus, "/job/1", "other.service", "done");
                        (void) sd_bus_flush(bus);
                } else if (r == 0)
                        (void) sd_bus_wait(bus, UINT64_MAX);
        }
        sd_bus_close_unref(bus);
}

static void serve_badly(int fd, FakeBehaviour behaviour) {
        static const char line[] = "OK 0123456789abcdef0123456789abcdef\r\n";
        char noise[64];

        memset(noise, 0xA5, sizeof(noise));
        memcpy(noise + sizeof(noise) - 2, "\r\n", 2);
        for (size_t i = 0;; i++) {
                if (behaviour == FAKE_DRIP)
                        (void) send(fd, line + i % (sizeof(line) - 3), 1, MSG_NOSIGNAL);
                if (behaviour == FAKE_GARBAGE && send(fd, noise, sizeof(noise), MSG_NOSIGNAL) < 0)
                        break;
                if (poll(&(struct pollfd){ .fd = fd }, 1, 20) > 0)
                        break;
        }
        (void) close(fd);
}

_noreturn_ static void run(int listen_fd, FakeBehaviour behaviour) {
        for (;;) {
                int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

                if (fd < 0)
                        err(EXIT_FAILURE, "accept");
                if (behaviour == FAKE_SILENT || behaviour == FAKE_DRIP || behaviour == FAKE_GARBAGE)
                        serve_badly(fd, behaviour);
                else
                        serve_bus(fd, behaviour);
        }
}

pid_t fake_manager_start(const char *root, FakeBehaviour behaviour) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        pid_t pid;
        int fd;

        fake_manager_prove_in(root);
        (void) snprintf(address.sun_path, sizeof(address.sun_path), "%s/%u", root, (unsigned) getuid());
        (void) mkdir(address.sun_path, 0700);
        (void) snprintf(
                address.sun_path, sizeof(address.sun_path), "%s/%u/systemd", root, (unsigned) getuid());
        (void) mkdir(address.sun_path, 0700);
        (void) snprintf(address.sun_path, sizeof(address.sun_path), "%s/%u/systemd/private", root,
                (unsigned) getuid());
        (void) unlink(address.sun_path);

        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || bind(fd, (const struct sockaddr *) &address, sizeof(address)) < 0 || listen(fd, 8) < 0)
                err(EXIT_FAILURE, "%s", address.sun_path);

        pid = fork();
        if (pid < 0)
                err(EXIT_FAILURE, "fork");
        if (pid == 0) {
                (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
                run(fd, behaviour);
        }
        (void) close(fd);
        return pid;
}

void fake_manager_stop(pid_t pid) {
        if (pid <= 0)
                return;
        (void) kill(pid, SIGKILL);
        (void) waitpid(pid, NULL, 0);
}
