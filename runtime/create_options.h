/*
 * The options that create and run share.
 */
#ifndef CAPBOX_RUNTIME_CREATE_OPTIONS_H
#define CAPBOX_RUNTIME_CREATE_OPTIONS_H

#include <argp.h>

#include "runtime/command.h"
#include "runtime/container.h"

struct create_input {
	struct create_options options;
	const char *bundle;    /* as given */
	char *absolute_bundle; /* owned; set by create_options_load */
	const char *network;   /* --network, or NULL */
	const char *overlay;   /* --overlay, or NULL */
	bool detach, keep;     /* of run alone */
	struct error *e;
};

/* For use as an argp child; its input is a struct create_input. */
extern const struct argp create_argp;

void create_input_init(struct create_input *in, const struct globals *g, struct error *e);

/* Checks what was given and loads the bundle. The caller frees *spec with spec_free. */
int create_input_load(struct create_input *in, struct spec **spec, struct error *e);

void create_input_release(struct create_input *in);

#endif
