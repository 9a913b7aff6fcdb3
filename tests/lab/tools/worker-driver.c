/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Runs a worker as the account that starts this, and shows what it answers: the worker without daemon and
 * spawner.
 *
 *     worker-driver [--stream] [--repeat=N] [--pss] METHOD [PARAMETERS]
 *
 * Each frame is one line of output, its type and its payload; a descriptor is shown as text after it. The
 * exit code is 0 where the last frame was a reply. The home directory is $HOME, the runtime root /run/user.
 */

#include <err.h>
#include <getopt.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "common/frame.h"
#include "daemon/worker/serve.h"

static const char *const type_names[_FRAME_TYPE_MAX] = {
        [FRAME_REQUEST] = "request",
        [FRAME_PART] = "part",
        [FRAME_REPLY] = "reply",
        [FRAME_WAITING] = "waiting",
        [FRAME_ERROR] = "error",
};

static char *make_payload(const char *method, const char *parameters, size_t *ret_size) {
        const char *home = getenv("HOME");
        char *payload = NULL;
        FILE *f = open_memstream(&payload, ret_size);

        if (!f)
                err(EXIT_FAILURE, "open_memstream");
        (void) fprintf(f, "%s%c", strempty(home), 0);
        (void) fprintf(f, "{\"method\":\"%s\",\"parameters\":%s}", method, parameters);
        if (fclose(f) != 0)
                err(EXIT_FAILURE, "fclose");
        return payload;
}

static void show_fd(int fd) {
        char buffer[4096];
        ssize_t n;
        off_t at = 0;

        while ((n = pread(fd, buffer, sizeof(buffer), at)) > 0) {
                (void) fwrite(buffer, 1, (size_t) n, stdout);
                at += n;
        }
}

static void show_frame(const Frame *frame) {
        (void) printf("%s %s\n", type_names[frame->header.type], frame->payload);
        if (frame->header.n_fds > 0)
                show_fd(frame->fds[0]);
}

/* One request until its last frame; says whether that was a reply. */
static bool exchange(int fd, FrameType type, uint64_t serial, const char *payload, size_t size, bool show) {
        FrameReader reader = FRAME_READER_NULL;
        int r;

        r = frame_send(fd, type, serial, payload, size, NULL, 0, -1);
        if (r < 0)
                errx(EXIT_FAILURE, "Cannot send: %s", strerror(-r));

        for (;;) {
                _cleanup_(frame_done) Frame frame = FRAME_NULL;

                r = frame_read(&reader, fd, &frame);
                if (r <= 0)
                        errx(EXIT_FAILURE, "The worker has gone: %s", strerror(-r));
                if (show)
                        show_frame(&frame);
                if (frame.header.type == FRAME_REPLY || frame.header.type == FRAME_ERROR)
                        return frame.header.type == FRAME_REPLY;
        }
}

/* What the worker takes, from smaps_rollup. */
static void show_pss(pid_t pid) {
        char path[64], line[256];
        FILE *f;

        (void) snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int) pid);
        f = fopen(path, "re");
        if (!f) {
                warn("%s", path);
                return;
        }
        while (fgets(line, sizeof(line), f))
                if (startswith(line, "Pss") || startswith(line, "Private"))
                        (void) fputs(line, stderr);
        (void) fclose(f);
}

int main(int argc, char *argv[]) {
        static const struct option options[] = {
                { "stream", no_argument, NULL, 's' },
                { "repeat", required_argument, NULL, 'r' },
                { "pss", no_argument, NULL, 'p' },
                {},
        };
        bool stream = false, pss = false, ok = true;
        unsigned long repeat = 1;
        struct timespec begin, end;
        int c, pair[2];
        char *payload;
        size_t size;
        pid_t pid;

        while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0)
                if (c == 's')
                        stream = true;
                else if (c == 'p')
                        pss = true;
                else if (c == 'r')
                        repeat = strtoul(optarg, NULL, 10);
                else
                        return EXIT_FAILURE;
        if (optind >= argc)
                errx(EXIT_FAILURE, "A method is missing.");
        payload = make_payload(argv[optind], optind + 1 < argc ? argv[optind + 1] : "{}", &size);

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
                err(EXIT_FAILURE, "socketpair");
        pid = fork();
        if (pid < 0)
                err(EXIT_FAILURE, "fork");
        if (pid == 0) {
                (void) close(pair[0]);
                _exit(worker_serve(pair[1], getuid(), "/run/user") < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
        }
        (void) close(pair[1]);

        for (unsigned long i = 0; i < repeat; i++) {
                (void) clock_gettime(CLOCK_MONOTONIC, &begin);
                ok = exchange(pair[0], stream ? FRAME_STREAM_REQUEST : FRAME_REQUEST, i + 1, payload, size,
                        i == 0);
                (void) clock_gettime(CLOCK_MONOTONIC, &end);
                if (repeat > 1)
                        (void) fprintf(stderr, "%.3f ms\n",
                                (double) (end.tv_sec - begin.tv_sec) * 1e3 +
                                        (double) (end.tv_nsec - begin.tv_nsec) / 1e6);
        }
        if (pss)
                show_pss(pid);

        free(payload);
        (void) close(pair[0]);
        (void) waitpid(pid, NULL, 0);
        return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
