/*
 * Program files: the head of an ELF file or of a script, as execve(2) judges it. The input is the
 * file.
 */
#include "platform/elf.h"

#include "tests/fuzz/fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

static bool ends(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	static struct image image;
	if (fd < 0)
		fd = memfd_create("program", MFD_CLOEXEC);
	MUST(fd >= 0 && ftruncate(fd, 0) == 0);
	MUST(pwrite(fd, data, size, 0) == (ssize_t)size);
	memset(&image, 'x', sizeof image);
	int r = image_read(fd, &image);
	MUST(r <= 0);
	if (r == 0 && image.has_interp)
		MUST(ends(image.interp, sizeof image.interp) && image.interp[0]);
	if (r == 0 && image.has_argument)
		MUST(ends(image.argument, sizeof image.argument));
	MUST(r < 0 || image.kind == IMAGE_ELF || image.kind == IMAGE_SCRIPT);
	MUST(image_check_interp(fd) <= 0);
	return 0;
}
