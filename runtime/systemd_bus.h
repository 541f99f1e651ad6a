/*
 * systemd's bus, by its library (sd-bus(3)). The library is loaded when the first container asks
 * for it, since others need not pay for it.
 */
#ifndef CAPBOX_RUNTIME_SYSTEMD_BUS_H
#define CAPBOX_RUNTIME_SYSTEMD_BUS_H

#include <systemd/sd-bus.h>

#include "lib/error.h"

/* The functions in use, as the library has them. */
#define SYSTEMD_FUNCTIONS(X)                                                                       \
	X(sd_bus_open_system)                                                                      \
	X(sd_bus_open_user)                                                                        \
	X(sd_bus_flush_close_unref)                                                                \
	X(sd_bus_match_signal)                                                                     \
	X(sd_bus_process)                                                                          \
	X(sd_bus_wait)                                                                             \
	X(sd_bus_call)                                                                             \
	X(sd_bus_message_new_method_call)                                                          \
	X(sd_bus_message_append)                                                                   \
	X(sd_bus_message_open_container)                                                           \
	X(sd_bus_message_close_container)                                                          \
	X(sd_bus_message_read)                                                                     \
	X(sd_bus_message_unref)                                                                    \
	X(sd_bus_error_free)                                                                       \
	X(sd_bus_error_has_name)

struct systemd_bus {
	void *library;
	sd_bus *bus;
#define MEMBER(name) __typeof__(&name) name;
	SYSTEMD_FUNCTIONS(MEMBER)
#undef MEMBER
};

/* Loads the library and connects: to the system's manager, or as another user to the user's. */
int systemd_bus_open(struct systemd_bus *b, struct error *e);
void systemd_bus_close(struct systemd_bus *b);

/* A message to the manager's method; NULL without memory. */
sd_bus_message *systemd_bus_message(struct systemd_bus *b, const char *method);

/* Calls and takes the message. The answer, for sd_bus_message_unref, in *reply (NULL: not wanted).
 * -EEXIST when there is such a unit already. */
int systemd_bus_call(struct systemd_bus *b, sd_bus_message *m, sd_bus_message **reply,
		     struct error *e);

#endif
