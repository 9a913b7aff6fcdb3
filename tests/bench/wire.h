/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * As much of D-Bus as a yardstick needs, on blocking sockets and without a library: what it costs is what
 * the kernel and the other end cost. Little-endian machines only; contents are appended in the order of the
 * signature, each at its alignment. https://dbus.freedesktop.org/doc/dbus-specification.html
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define WIRE_MESSAGE_MAX 4096

typedef struct WireCall {
        uint8_t data[WIRE_MESSAGE_MAX];
        size_t size;
        size_t body; /* where the body begins */
} WireCall;

/* Begins a method call. NULL destination: a peer without a bus in between. */
void wire_call_begin(WireCall *call, uint32_t serial, const char *destination, const char *path,
        const char *interface, const char *member, const char *signature);

/* Append to the body. */
void wire_align(WireCall *call, size_t alignment);
void wire_u32(WireCall *call, uint32_t value);
void wire_string(WireCall *call, const char *value);
void wire_signature(WireCall *call, const char *value);

/* An array whose elements have this alignment; begin returns the mark that end takes. */
size_t wire_array_begin(WireCall *call, size_t alignment);
void wire_array_end(WireCall *call, size_t mark, size_t alignment);

/* Sets the length of the body; the message can be sent then. */
void wire_call_end(WireCall *call);

/* Connects to a socket of a manager or a bus, authenticates as this process and sends the first message. A
 * descriptor, or a negative errno. */
int wire_connect(const char *path, const WireCall *first);

typedef struct WireReply {
        uint8_t type; /* 2: return, 3: error, 4: signal */
        uint32_t serial;
        char text[256]; /* of a body that begins with a string: that string, cut */
} WireReply;

/* Sends one message. */
int wire_send(int fd, const WireCall *call);

/* Reads one message of any size. -EBADMSG for what is none. */
int wire_read(int fd, WireReply *ret);

/* Sends (NULL: it is sent already), and reads until the answer has come. -EREMOTEIO: the answer is an error,
 * ret->text says which. */
int wire_ask(int fd, const WireCall *call, WireReply *ret);
