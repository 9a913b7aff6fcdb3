/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Numbers of entries, see journal-heads.h. */

#include "daemon/journal/journal-heads.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "common/strv.h"

#define HEAD_SIZE 4096U
/* Where the header has n_entries. */
#define N_ENTRIES_OFFSET 152U
#define SIGNATURE        "LPKSHHRH"

void journal_heads_done(JournalHeads *heads) {
        for (size_t i = 0; i < heads->n; i++)
                (void) munmap(heads->items[i].map, HEAD_SIZE);
        free(heads->items);
        *heads = (JournalHeads){};
}

/* Archived files, and those that were found damaged, have an "@" in their names. */
static bool is_written_to(const char *name) {
        return endswith(name, ".journal") && !strchr(name, '@');
}

static void *map_head(int directory_fd, const char *name) {
        _cleanup_close_ int fd = -1;
        struct stat st;
        void *map;

        fd = openat(directory_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < (off_t) HEAD_SIZE)
                return NULL;
        map = mmap(NULL, HEAD_SIZE, PROT_READ, MAP_SHARED, fd, 0);
        if (map == MAP_FAILED)
                return NULL;
        if (memcmp(map, SIGNATURE, strlen(SIGNATURE)) != 0) {
                (void) munmap(map, HEAD_SIZE);
                return NULL;
        }
        return map;
}

int journal_heads_add(JournalHeads *heads, const char *directory) {
        struct dirent *entry;
        DIR *d;
        int r = 0;

        d = opendir(directory);
        if (!d)
                return 0;

        while (r >= 0 && (entry = readdir(d))) {
                JournalHead *items;
                void *map;

                if (!is_written_to(entry->d_name))
                        continue;
                map = map_head(dirfd(d), entry->d_name);
                if (!map)
                        continue;
                items = reallocarray(heads->items, heads->n + 1, sizeof(*items));
                if (!items) {
                        (void) munmap(map, HEAD_SIZE);
                        r = -ENOMEM;
                        break;
                }
                heads->items = items;
                items[heads->n++] = (JournalHead){
                        .n_entries = (const uint64_t *) ((const char *) map + N_ENTRIES_OFFSET),
                        .seen = UINT64_MAX,
                        .map = map,
                };
        }
        (void) closedir(d);
        return r;
}

bool journal_heads_changed(JournalHeads *heads) {
        bool changed = false;

        for (size_t i = 0; i < heads->n; i++) {
                JournalHead *head = heads->items + i;
                uint64_t n;

                n = __atomic_load_n(head->n_entries, __ATOMIC_RELAXED);
                if (n == head->seen)
                        continue;
                head->seen = n;
                changed = true;
        }
        /* What is read of the files next is not older than the numbers. */
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        return changed;
}
