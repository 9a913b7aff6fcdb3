/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * How a property of a unit gets from its text onto the bus. Only the files of the table include this
 * (unit-property.h is the door).
 */

#include <systemd/sd-bus.h>

#include "common/macro.h"

/* Appends one (sv), or more where the bus has several for it. `name` is as in a unit file. Returns 0,
 * -EINVAL or -ERANGE for a value that is none, or another negative errno of sd-bus; then the message is of
 * no use any more. */
typedef int (*PropertyWriter)(sd_bus_message *m, const char *name, const char *value);

typedef struct PropertyKind {
        PropertyWriter write;
        const char *takes; /* what is valid, to go behind "it takes" */
} PropertyKind;

/* property-kind.c */
extern const PropertyKind kind_boolean;
extern const PropertyKind
        kind_boolean_or_more; /* other words go to the property with "Ex" behind its name */
extern const PropertyKind kind_i32;
extern const PropertyKind kind_i64;
extern const PropertyKind kind_mode;
extern const PropertyKind kind_signal;
extern const PropertyKind kind_size;
extern const PropertyKind kind_span; /* …Sec, on the bus …USec */
extern const PropertyKind kind_string;
extern const PropertyKind kind_strings;
extern const PropertyKind kind_strings_escaped;
extern const PropertyKind kind_u32;

/* property-resource.c */
extern const PropertyKind kind_bpf_program;
extern const PropertyKind kind_cpu_quota;
extern const PropertyKind kind_cpu_set;
extern const PropertyKind kind_cpu_weight;
extern const PropertyKind kind_delegate;
extern const PropertyKind kind_device_allow;
extern const PropertyKind kind_device_bandwidth;
extern const PropertyKind kind_device_latency;
extern const PropertyKind kind_device_weight;
extern const PropertyKind kind_filter_path;
extern const PropertyKind kind_ip_addresses;
extern const PropertyKind kind_limit;   /* bytes */
extern const PropertyKind kind_minimum; /* bytes; the empty value is none instead of infinity */
extern const PropertyKind kind_permyriad;
extern const PropertyKind kind_quota_period;
extern const PropertyKind kind_tasks;
extern const PropertyKind kind_weight;

/* property-execute.c */
extern const PropertyKind kind_coredump_filter;
extern const PropertyKind kind_cpu_affinity;
extern const PropertyKind kind_environment_file;
extern const PropertyKind kind_errno;
extern const PropertyKind kind_io_class;
extern const PropertyKind kind_io_priority;
extern const PropertyKind kind_load_credential;
extern const PropertyKind kind_log_facility;
extern const PropertyKind kind_log_field;
extern const PropertyKind kind_log_level;
extern const PropertyKind kind_nice;
extern const PropertyKind kind_numa_policy;
extern const PropertyKind kind_resource_limit;
extern const PropertyKind kind_scheduling_policy;
extern const PropertyKind kind_secure_bits;
extern const PropertyKind kind_set_credential;
extern const PropertyKind kind_span_nsec;
extern const PropertyKind kind_standard_stream;
extern const PropertyKind kind_stdin_text;

/* property-sandbox.c */
extern const PropertyKind kind_bind_paths;
extern const PropertyKind kind_capabilities;
extern const PropertyKind kind_list_or_not; /* with ~ in front all but these */
extern const PropertyKind kind_mount_flags;
extern const PropertyKind kind_namespaces;
extern const PropertyKind kind_not_here;
extern const PropertyKind kind_profile;
extern const PropertyKind kind_state_directory;
extern const PropertyKind kind_temporary_file_system;

/* property-service.c */
extern const PropertyKind kind_calendar;
extern const PropertyKind kind_command;
extern const PropertyKind kind_condition;
extern const PropertyKind kind_exit_status;
extern const PropertyKind kind_exit_statuses;
extern const PropertyKind kind_ip_protocol;
extern const PropertyKind kind_ip_tos;
extern const PropertyKind kind_listen;
extern const PropertyKind kind_open_file;
extern const PropertyKind kind_path_condition;
extern const PropertyKind kind_timeouts; /* of start and stop */
extern const PropertyKind kind_timer;

/* ---- for the writers ---- */

/* Opens the structure and the variant, and closes them. */
int property_open(sd_bus_message *m, const char *name, const char *type);
int property_close(sd_bus_message *m);

/* The same with an array ('a') or a structure ('r') in the variant, into which the rest is written;
 * `contents` is not the container's own type but that of what is in it. */
int property_open_container(sd_bus_message *m, const char *name, char container, const char *contents);
int property_close_container(sd_bus_message *m);

/* A number of bytes. */
int property_append_bytes(sd_bus_message *m, const char *name, const void *bytes, size_t size);

/* One word, or two that a blank divides. */
int property_append_span(sd_bus_message *m, const char *name, const char *value);

/* "PATH VALUE": *ret_path is the caller's, *ret_rest what is behind the blank or NULL. */
int property_split_path(const char *value, char **ret_path, const char **ret_rest);

/* The CPUs of a set as "0-3,7 9" has them, as bits from the lowest byte on. */
#define CPU_SET_BYTES 1024
int property_parse_cpu_set(const char *value, uint8_t bits[static CPU_SET_BYTES], size_t *ret_size);
