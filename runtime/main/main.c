/*
 * The entry of the program. Everything later relies on descriptors 0, 1 and 2 being open, so that
 * nothing of its own ever gets one of these numbers.
 */
#include <fcntl.h>
#include <unistd.h>

#include "runtime/command.h"

int main(int argc, char **argv)
{
	int fd;
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
	if (argc < 1)
		return 1;
	return command_main(argc, argv);
}
