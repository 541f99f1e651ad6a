/* System V shared memory, semaphores and message queues; POSIX shared memory and queues. */
#include "facts.h"
#include <mqueue.h>
#include <semaphore.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

static void memory(void)
{
	struct shmid_ds ds;
	int id = shmget(0x1234, 8192, IPC_CREAT | IPC_EXCL | 0600);

	FACT("shmget", id >= 0);
	FACT("shmget again", shmget(0x1234, 8192, IPC_CREAT | IPC_EXCL | 0600));
	FACT("shmget larger", shmget(0x1234, 100000, 0600));
	FACT("shmget missing", shmget(0x9999, 8192, 0600));
	char *p = shmat(id, NULL, 0);
	FACT("shmat", p != (void *)-1);
	pid_t pid = child();
	if (pid == 0) {
		char *mine = shmat(shmget(0x1234, 0, 0), NULL, 0);
		strcpy(mine, "from the child");
		_exit(0);
	}
	say_end("child", pid);
	say("shared: %s", p);
	FACT("IPC_STAT", shmctl(id, IPC_STAT, &ds));
	say("owner %d:%d", ds.shm_perm.uid, ds.shm_perm.gid);
	say("  mode %o size %ld attached %ld, created by this one %d", ds.shm_perm.mode & 0777,
	    (long)ds.shm_segsz, (long)ds.shm_nattch, ds.shm_cpid == getpid());
	pid = child();
	if (pid == 0) {
		become(USER);
		FACT("user: shmget", shmget(0x1234, 0, 0400));
		FACT("user: shmat", (long)shmat(id, NULL, 0) == -1 ? -1 : 0);
		FACT("user: remove", shmctl(id, IPC_RMID, NULL));
		FACT("user: its own", shmctl(shmget(IPC_PRIVATE, 100, 0600), IPC_RMID, NULL));
		_exit(0);
	}
	say_end("user", pid);
	FACT("IPC_RMID", shmctl(id, IPC_RMID, NULL));
	FACT("still there", p[0] == 'f');
	FACT("shmdt", shmdt(p));
	FACT("gone", shmget(0x1234, 0, 0));
}

static void semaphores(void)
{
	int id = semget(IPC_PRIVATE, 2, 0600);
	struct sembuf down = {0, -1, 0}, up = {0, 1, 0}, try = {0, -1, IPC_NOWAIT};

	FACT("semget", id >= 0);
	FACT("try", semop(id, &try, 1));
	pid_t pid = child();
	if (pid == 0) {
		FACT("child: down", semop(id, &down, 1));
		_exit(0);
	}
	wait_state(pid, 'S');
	sleep_ms(20);
	say("up");
	semop(id, &up, 1);
	say_end("child", pid);
	FACT("SETVAL", semctl(id, 1, SETVAL, 5));
	FACT("GETVAL", semctl(id, 1, GETVAL));
	FACT("GETPID is the child", semctl(id, 0, GETPID) == pid);
	FACT("a semaphore that is not there", semctl(id, 7, GETVAL));
	FACT("times out", semtimedop(id, &down, 1, &(struct timespec){0, 1000000}));
	FACT("remove", semctl(id, 0, IPC_RMID));
	FACT("gone", semop(id, &up, 1));
}

static void messages(void)
{
	int id = msgget(IPC_PRIVATE, 0600);
	struct {
		long type;
		char text[16];
	} m = {3, "message"};

	FACT("msgget", id >= 0);
	FACT("send", msgsnd(id, &m, 8, 0));
	m.type = 0;
	FACT("send type 0", msgsnd(id, &m, 8, 0));
	FACT("receive another type", msgrcv(id, &m, 16, 5, IPC_NOWAIT));
	FACT("receive into too little", msgrcv(id, &m, 3, 0, IPC_NOWAIT));
	FACT("receive", msgrcv(id, &m, 16, 0, 0));
	say("type %ld text %s", m.type, m.text);
	FACT("remove", msgctl(id, IPC_RMID, NULL));
}

static void posix(void)
{
	int fd = shm_open("/conformance", O_RDWR | O_CREAT | O_EXCL, 0600);
	struct mq_attr attributes = {.mq_maxmsg = 4, .mq_msgsize = 32};
	char b[64] = "";

	FACT("shm_open", fd >= 0);
	FACT("shm_open again", shm_open("/conformance", O_RDWR | O_CREAT | O_EXCL, 0600));
	FACT("its file", access("/dev/shm/conformance", F_OK));
	FACT("shm_unlink", shm_unlink("/conformance"));
	mqd_t q = mq_open("/queue", O_RDWR | O_CREAT | O_NONBLOCK, 0600, &attributes);
	FACT("mq_open", q >= 0);
	FACT("mq_send", mq_send(q, "low", 3, 1));
	FACT("mq_send", mq_send(q, "high", 4, 9));
	unsigned priority = 0;
	FACT("mq_receive", mq_receive(q, b, sizeof(b), &priority));
	say("%s with priority %u", b, priority);
	FACT("its file", access("/dev/mqueue/queue", F_OK));
	FACT("mq_unlink", mq_unlink("/queue"));
	FACT("mq_open missing", mq_open("/queue", O_RDWR));
	sem_t *s = sem_open("/semaphore", O_CREAT | O_EXCL, 0600, 1);
	FACT("sem_open", s != SEM_FAILED);
	FACT("sem_wait", sem_wait(s));
	FACT("sem_trywait", sem_trywait(s));
	FACT("sem_unlink", sem_unlink("/semaphore"));
}

int main(void)
{
	start("sysv_ipc");
	memory();
	semaphores();
	messages();
	posix();
	return 0;
}
