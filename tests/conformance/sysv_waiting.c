/* System V objects that processes wait for: removal, signals, undo, counts, limits, attachments. */
#include "facts.h"
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

union semun {
	int val;
	struct semid_ds *buf;
	unsigned short *array;
};

static void nothing(int signal)
{
}

static pid_t waiting(int id, struct sembuf op)
{
	pid_t pid = child();

	if (pid == 0) {
		sigaction(SIGUSR1, &(struct sigaction){.sa_handler = nothing}, NULL);
		_exit(semop(id, &op, 1) < 0 ? errno : 0);
	}
	wait_state(pid, 'S');
	sleep_ms(30);
	return pid;
}

static void semaphores(void)
{
	int id = semget(IPC_PRIVATE, 3, 0600);
	struct semid_ds d = {0};
	unsigned short values[3] = {1, 2, 3};

	FACT("SETALL", semctl(id, 0, SETALL, (union semun){.array = values}));
	FACT("GETVAL", semctl(id, 2, GETVAL));
	FACT("a value too large", semctl(id, 0, SETVAL, (union semun){.val = 32768}));
	FACT("  by an operation", semop(id, &(struct sembuf){0, 32767, 0}, 1));
	FACT("a semaphore too many", semctl(id, 3, GETVAL));
	FACT("  in an operation", semop(id, &(struct sembuf){3, 1, 0}, 1));
	FACT("no operations", semop(id, NULL, 0));
	FACT("IPC_NOWAIT", semop(id, &(struct sembuf){0, -2, IPC_NOWAIT}, 1));
	FACT("all or nothing", semop(id, (struct sembuf[]){{1, -1, 0}, {0, -2, IPC_NOWAIT}}, 2));
	FACT("  unchanged", semctl(id, 1, GETVAL));
	FACT("a time",
	     semtimedop(id, &(struct sembuf){0, -2, 0}, 1, &(struct timespec){0, 10000000}));
	pid_t a = waiting(id, (struct sembuf){0, -5, 0}), z = waiting(id, (struct sembuf){0, 0, 0});
	FACT("GETNCNT", semctl(id, 0, GETNCNT));
	FACT("GETZCNT", semctl(id, 0, GETZCNT));
	FACT("to zero", semop(id, &(struct sembuf){0, -1, 0}, 1));
	say_end("who waits for zero", z);
	FACT("up", semop(id, &(struct sembuf){0, 5, 0}, 1));
	say_end("who waits for more", a);
	FACT("GETPID", semctl(id, 0, GETPID) == a);
	a = waiting(id, (struct sembuf){0, -1, 0});
	kill(a, SIGUSR1);
	say_end("a signal", a);
	a = child();
	if (a == 0) {
		semop(id, &(struct sembuf){1, -2, SEM_UNDO}, 1);
		say("  in the child %d", semctl(id, 1, GETVAL));
		_exit(0);
	}
	say_end("with undo", a);
	FACT("  undone", semctl(id, 1, GETVAL));
	FACT("IPC_STAT", semctl(id, 0, IPC_STAT, (union semun){.buf = &d}));
	say("  %lu semaphores, mode %o", d.sem_nsems, d.sem_perm.mode);
	a = waiting(id, (struct sembuf){0, -1, 0});
	FACT("IPC_RMID", semctl(id, 0, IPC_RMID));
	say_end("removed", a);
	FACT("then", semop(id, &(struct sembuf){0, 1, 0}, 1));
	FACT("none", semget(IPC_PRIVATE, 0, 0600));
	FACT("too many", semget(IPC_PRIVATE, 40000, 0600));
}

static void messages(void)
{
	int id = msgget(IPC_PRIVATE, 0600);
	struct {
		long type;
		char text[9000];
	} m = {1, "one"}, got;
	struct msqid_ds d = {0};

	FACT("send", msgsnd(id, &m, 4, 0));
	m.type = 3;
	FACT("another type", msgsnd(id, &m, 3, 0));
	m.type = 2;
	FACT("another", msgsnd(id, &m, 2, 0));
	FACT("the lowest up to 3", msgrcv(id, &got, 100, -3, 0));
	FACT("type 3", msgrcv(id, &got, 100, 3, 0));
	FACT("all but 1", msgrcv(id, &got, 100, 1, MSG_EXCEPT));
	FACT("none left", msgrcv(id, &got, 100, 0, IPC_NOWAIT));
	msgsnd(id, &m, 100, 0);
	FACT("too large", msgrcv(id, &got, 10, 0, 0));
	FACT("  cut", msgrcv(id, &got, 10, 0, MSG_NOERROR));
	m.type = 0;
	FACT("a type of 0", msgsnd(id, &m, 1, 0));
	m.type = 1;
	FACT("larger than MSGMAX", msgsnd(id, &m, 8193, 0));
	FACT("no bytes", msgsnd(id, &m, 0, 0));
	FACT("  received", msgrcv(id, &got, 0, 0, 0));
	int n = 0;
	while (msgsnd(id, &m, 1024, IPC_NOWAIT) == 0)
		n++;
	say("full after %d: %s", n, errno_name(errno));
	pid_t pid = child();
	if (pid == 0) {
		_exit(msgsnd(id, &m, 1024, 0) < 0 ? errno : 0);
	}
	wait_state(pid, 'S');
	FACT("IPC_STAT", msgctl(id, IPC_STAT, &d));
	say("  %lu messages of %lu bytes, limit %lu", d.msg_qnum, d.__msg_cbytes, d.msg_qbytes);
	FACT("room", msgrcv(id, &got, 9000, 0, 0));
	say_end("  who waited for it", pid);
	while (msgrcv(id, &got, 9000, 0, IPC_NOWAIT) >= 0)
		;
	pid = child();
	if (pid == 0) {
		_exit(msgrcv(id, &got, 100, 0, 0) < 0 ? errno : 0);
	}
	wait_state(pid, 'S');
	FACT("IPC_RMID", msgctl(id, IPC_RMID, NULL));
	say_end("  child", pid);
	FACT("then", msgsnd(id, &m, 1, 0));
}

static void memory(void)
{
	int id = shmget(IPC_PRIVATE, 10000, 0600);
	struct shmid_ds d = {0};
	char *p = shmat(id, NULL, 0), *r;

	FACT("attached", p != (char *)-1);
	p[0] = 'x';
	FACT("read-only", (r = shmat(id, NULL, SHM_RDONLY)) != (char *)-1);
	say("  the same %c", r[0]);
	FACT("IPC_STAT", shmctl(id, IPC_STAT, &d));
	say("  size %zu, attached %lu, mode %o", d.shm_segsz, d.shm_nattch, d.shm_perm.mode);
	OK("at an address in use", shmat(id, p, 0));
	OK("  again over it", shmat(id, p, SHM_REMAP));
	OK("at an odd address", shmat(id, p + 1, 0));
	FACT("detach nothing", shmdt(p + 4096));
	pid_t pid = child();
	if (pid == 0) {
		shmctl(id, IPC_STAT, &d);
		say("  a child is attached, too: %lu", d.shm_nattch);
		p[1] = 'y';
		execl("/bin/true", "true", NULL);
	}
	say_end("  child", pid);
	shmctl(id, IPC_STAT, &d);
	say("  after its exec and end %lu, wrote %c", d.shm_nattch, p[1]);
	FACT("IPC_RMID", shmctl(id, IPC_RMID, NULL));
	say("  still here %c", p[0]);
	shmctl(id, IPC_STAT, &d);
	say("  marked %o", d.shm_perm.mode & 01000);
	FACT("attached again", shmat(id, NULL, 0) != (void *)-1);
	FACT("none", shmget(IPC_PRIVATE, 0, 0600));
	FACT("enormous", shmget(IPC_PRIVATE, (size_t)-1, 0600));
	FACT("a key", (id = shmget(4711, 4096, IPC_CREAT | IPC_EXCL | 0600)) >= 0);
	FACT("  again", shmget(4711, 4096, IPC_CREAT | IPC_EXCL | 0600));
	FACT("  larger", shmget(4711, 8192, 0));
	FACT("  listed", get_file("/proc/sysvipc/shm", (char[8000]){0}, 8000) > 150);
	FACT("  IPC_SET", (d.shm_perm.mode = 0644, shmctl(id, IPC_SET, &d)) != 99);
	FACT("  SHM_LOCK", shmctl(id, SHM_LOCK, NULL) != 99);
	FACT("  gone", shmctl(id, IPC_RMID, NULL));
	FACT("a key that is not there", shmget(4711, 0, 0));
	FACT("the limits", shmctl(0, IPC_INFO, (struct shmid_ds *)(char[256]){0}) >= 0);
}

int main(void)
{
	start("sysv_waiting");
	in_child("semaphores", semaphores);
	in_child("messages", messages);
	in_child("memory", memory);
	return 0;
}
