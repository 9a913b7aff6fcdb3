/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Waiting for more, see journal-follow.h. */

#include "daemon/journal/journal-follow.h"

#include <poll.h>
#include <sys/stat.h>
#include <systemd/sd-id128.h>
#include <time.h>

#include "common/clock.h"
#include "common/strv.h"
#include "daemon/journal/journal-heads.h"

/* How often it is looked whether directories came. */
#define PLACES_USEC USEC_PER_SEC
/* Files that appear in one tick of the clock that stamps directories do not stamp it twice. */
#define SETTLED_SEC 2
/* journald counts an entry, and then adds it to what matches are looked up in: it is given time for that. */
#define LINKING_MSEC 1
#define PLACES_MAX   4U

/* A directory that journal files are in, or directories with such. */
typedef struct Place {
        char *path;
        bool files;
        dev_t dev;
        ino_t ino; /* 0: it is not there */
        struct timespec changed;
} Place;

struct JournalFollow {
        Place places[PLACES_MAX];
        size_t n_places;
        JournalHeads heads;
        uint64_t looked;
        char *cursor; /* of the last entry; NULL: there is none */
        bool moved;   /* the journal may be at another entry by now */
};

/* Returns 1 where a directory came, or took the place of another. *files is set where files may have come or
 * gone in it. */
static int place_look(Place *place, bool *files) {
        struct stat st = {};
        bool came;

        if (stat(place->path, &st) < 0)
                st.st_ino = 0;

        came = st.st_ino != 0 && (st.st_ino != place->ino || st.st_dev != place->dev);
        if (place->files &&
                (st.st_ino != place->ino || st.st_mtim.tv_sec != place->changed.tv_sec ||
                        st.st_mtim.tv_nsec != place->changed.tv_nsec ||
                        st.st_mtim.tv_sec + SETTLED_SEC >= time(NULL)))
                *files = true;

        place->ino = st.st_ino;
        place->dev = st.st_dev;
        place->changed = st.st_mtim;
        return came;
}

/* Returns 1 where directories came, 0 where not, or a negative errno. */
static int look_at_places(JournalFollow *follow) {
        bool came = false, files = false;
        int r = 0;

        for (size_t i = 0; i < follow->n_places; i++)
                if (place_look(follow->places + i, &files))
                        came = true;
        if (!files)
                return came;

        journal_heads_done(&follow->heads);
        for (size_t i = 0; r >= 0 && i < follow->n_places; i++)
                if (follow->places[i].files && follow->places[i].ino != 0)
                        r = journal_heads_add(&follow->heads, follow->places[i].path);
        return r < 0 ? r : came;
}

static int add_place(JournalFollow *follow, const char *path, const char *below, bool files) {
        Place *place = follow->places + follow->n_places;

        if (asprintf(&place->path, "%s%s%s", path, below ? "/" : "", strempty(below)) < 0)
                return -ENOMEM;
        place->files = files;
        follow->n_places++;
        return 0;
}

static int add_places(JournalFollow *follow) {
        static const char *const roots[] = { "/run/log/journal", "/var/log/journal" };
        char machine[SD_ID128_STRING_MAX];
        sd_id128_t id;
        int r;

        r = sd_id128_get_machine(&id);
        if (r < 0)
                return r;
        for (size_t i = 0; r >= 0 && i < ELEMENTSOF(roots); i++) {
                r = add_place(follow, roots[i], NULL, /* files= */ false);
                if (r >= 0)
                        r = add_place(follow, roots[i], sd_id128_to_string(id, machine), /* files= */ true);
        }
        return r;
}

int journal_follow_new(const char *directory, JournalFollow **ret) {
        _cleanup_(journal_follow_freep) JournalFollow *follow = NULL;
        int r;

        follow = calloc(1, sizeof(*follow));
        if (!follow)
                return -ENOMEM;
        follow->moved = true;

        r = directory ? add_place(follow, directory, NULL, /* files= */ true) : add_places(follow);
        if (r < 0)
                return r;
        r = look_at_places(follow);
        if (r < 0)
                return r;
        follow->looked = clock_now_usec();
        *ret = TAKE_PTR(follow);
        return 0;
}

JournalFollow *journal_follow_free(JournalFollow *follow) {
        if (!follow)
                return NULL;
        for (size_t i = 0; i < follow->n_places; i++)
                free(follow->places[i].path);
        journal_heads_done(&follow->heads);
        free(follow->cursor);
        free(follow);
        return NULL;
}

void journal_follow_note(JournalFollow *follow, sd_journal *journal) {
        char *cursor;
        int r;

        /* Where the journal is at no entry it has been at none since. */
        r = sd_journal_get_cursor(journal, &cursor);
        if (r < 0)
                return;
        free(follow->cursor);
        follow->cursor = cursor;
}

int journal_follow_look(JournalFollow *follow, sd_journal *journal, bool readable) {
        uint64_t now = clock_now_usec();
        int r;

        if (follow->moved) {
                journal_follow_note(follow, journal);
                follow->moved = false;
        }
        if (readable) {
                r = sd_journal_process(journal);
                if (r < 0)
                        return r;
        }
        if (readable || now - follow->looked >= PLACES_USEC) {
                follow->looked = now;
                r = look_at_places(follow);
                if (r < 0)
                        return r;
                if (r > 0)
                        return JOURNAL_LOOK_REPLACED;
        }

        if (journal_heads_changed(&follow->heads))
                (void) poll(NULL, 0, LINKING_MSEC);
        else if (!readable)
                return JOURNAL_LOOK_NOTHING;
        follow->moved = true;
        return JOURNAL_LOOK_MORE;
}

int journal_follow_wait(JournalFollow *follow, sd_journal *journal, int pipe_fd) {
        struct pollfd fds[2];
        int r;

        /* poll(2) skips negative descriptors, and tells POLLERR unasked. */
        fds[0] = (struct pollfd){ .fd = sd_journal_get_fd(journal), .events = POLLIN };
        fds[1] = (struct pollfd){ .fd = pipe_fd };
        if (fds[0].fd < 0)
                return fds[0].fd;

        do {
                r = poll(fds, ELEMENTSOF(fds), JOURNAL_TICK_MSEC);
                if (r < 0 && errno != EINTR)
                        return -errno;
                if (r > 0 && fds[1].revents != 0)
                        return JOURNAL_LOOK_GONE;
                r = journal_follow_look(follow, journal, r > 0 && fds[0].revents != 0);
        } while (r == JOURNAL_LOOK_NOTHING);
        return r;
}

int journal_follow_seek(const JournalFollow *follow, sd_journal *journal) {
        int r;

        if (!follow->cursor)
                return -ENODATA;
        r = sd_journal_seek_cursor(journal, follow->cursor);
        if (r < 0)
                return r;
        r = sd_journal_next(journal);
        if (r <= 0)
                return r;
        r = journal_is_at(journal, follow->cursor);
        return r < 0 ? r : r == 0;
}

int journal_is_at(sd_journal *journal, const char *cursor) {
        _cleanup_free_ char *here = NULL;
        const char *a, *b;
        int r;

        r = sd_journal_test_cursor(journal, cursor);
        if (r != 0)
                return r;

        /* Boot, times and contents are the same in a copy; sequence and number come before them. */
        r = sd_journal_get_cursor(journal, &here);
        if (r < 0)
                return r;
        a = strstr(here, ";b=");
        b = strstr(cursor, ";b=");
        return a && b && streq(a, b);
}
