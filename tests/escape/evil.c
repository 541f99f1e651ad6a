/* What must never run with privilege: it leaves a mark that only root can. */
#include <fcntl.h>
#include <unistd.h>

int main(void)
{
	if (geteuid() != 0)
		return 3;
	close(open("/root/evil-was-root", O_WRONLY | O_CREAT, 0600));
	return 1;
}
