/*
 * The parts of the parser of config.json, one for each of its larger properties. Each fills the
 * struct it is given (zeroed before) from a node that may be absent, and leaves errors in the
 * node's reader (json.h).
 */
#ifndef CAPBOX_RUNTIME_SPEC_PARSER_H
#define CAPBOX_RUNTIME_SPEC_PARSER_H

#include "runtime/json.h"
#include "runtime/spec.h"
#include "runtime/spec_names.h"

/* spec.c */

/* The value that a string has in a table; an unknown word is an error "unknown <what> '...'". */
uint64_t parse_name(struct node node, const struct name_value *table, const char *what);
void parse_id_maps(struct node node, struct spec_id_maps *maps);

void parse_process(const struct node *process, struct spec_process *out); /* spec_process.c */
void parse_mounts(struct node node, struct spec *spec);			  /* spec_mount.c */
void parse_linux(const struct node *host, struct spec *spec);		  /* spec_linux.c */
void parse_devices(struct node node, struct spec *spec);		  /* spec_device.c */
void parse_device_rules(struct node node, struct spec_resources *out);	  /* spec_device.c */
void parse_resources(struct node node, struct spec_resources *out);	  /* spec_resources.c */
void parse_seccomp(struct node node, struct spec_seccomp *out);		  /* spec_seccomp.c */
void parse_sysctl(struct node node, struct spec *spec);			  /* spec_sysctl.c */

/* Rules that tie properties to each other, when each is right by itself; spec_check.c. */
void check_spec(const struct node *root, const struct spec *spec);

#endif
