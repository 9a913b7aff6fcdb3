/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Capabilities of this thread: narrow, drop, verify. */

#include <sys/prctl.h>
#include <sys/syscall.h>

#include "daemon/spawner/capability.h"

#define CAPABILITIES_MAX 64

typedef struct CapabilitySets {
        uint64_t effective, permitted, inheritable;
} CapabilitySets;

static int capability_get(CapabilitySets *ret) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

        if (syscall(SYS_capget, &header, data) < 0)
                return -errno;

        *ret = (CapabilitySets){
                .effective = data[0].effective | (uint64_t) data[1].effective << 32,
                .permitted = data[0].permitted | (uint64_t) data[1].permitted << 32,
                .inheritable = data[0].inheritable | (uint64_t) data[1].inheritable << 32,
        };
        return 0;
}

int capability_set(uint64_t set) {
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

        data[0].effective = data[0].permitted = (uint32_t) set;
        data[1].effective = data[1].permitted = (uint32_t) (set >> 32);

        return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

/* Calls fn for each capability the kernel knows that is in the bounding set and not the spawner's. */
static int for_each_foreign_in_bounding_set(int (*fn)(unsigned long capability)) {
        int r;

        for (unsigned long c = 0; c < CAPABILITIES_MAX; c++) {
                r = prctl(PR_CAPBSET_READ, c, 0, 0, 0);
                if (r < 0)
                        return errno == EINVAL && c > 0 ? 0
                                                        : -errno; /* the kernel's last one is behind us */
                if (r == 0 || CAPABILITY_BIT(c) & SPAWNER_CAPABILITIES)
                        continue;

                r = fn(c);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int drop_from_bounding_set(unsigned long capability) {
        return prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0 ? -errno : 0;
}

static int refuse(unsigned long capability) {
        return -EPERM;
}

int capability_narrow(void) {
        int r;

        r = for_each_foreign_in_bounding_set(drop_from_bounding_set);
        if (r < 0)
                return r;

        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
                return -errno;

        return capability_set(SPAWNER_CAPABILITIES);
}

int capability_verify_none(void) {
        CapabilitySets sets = { UINT64_MAX, UINT64_MAX, UINT64_MAX };
        int r;

        r = capability_get(&sets);
        if (r < 0)
                return r;
        if (sets.effective != 0 || sets.permitted != 0 || sets.inheritable != 0)
                return -EPERM;

        for (unsigned long c = 0; c < CAPABILITIES_MAX; c++) {
                r = prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, c, 0, 0);
                if (r < 0)
                        break;
                if (r > 0)
                        return -EPERM;
        }

        return for_each_foreign_in_bounding_set(refuse);
}
