/* POSIX message queues: order, limits, waiting, notification, names. */
#include "facts.h"
#include <mqueue.h>

static volatile sig_atomic_t notified;

static void on_signal(int sig)
{
	notified += sig == SIGUSR1;
}

static void by_user(void)
{
	FACT("user: open root's", mq_open("/conformance", O_RDWR));
	OK("user: an own one", mq_open("/user", O_CREAT | O_RDWR, 0600, NULL));
	FACT("user: unlink root's", mq_unlink("/conformance"));
	FACT("user: unlink the own one", mq_unlink("/user"));
}

int main(void)
{
	struct mq_attr attr = {.mq_maxmsg = 3, .mq_msgsize = 16}, got;
	char b[64];
	unsigned priority;

	start("posix_queues");
	mqd_t q = mq_open("/conformance", O_CREAT | O_EXCL | O_RDWR, 0600, &attr);
	OK("open", q);
	FACT("once more", mq_open("/conformance", O_CREAT | O_EXCL | O_RDWR, 0600, &attr));
	FACT("attributes", mq_getattr(q, &got));
	say("  %ld of %ld, %ld bytes, flags %lx", got.mq_curmsgs, got.mq_maxmsg, got.mq_msgsize,
	    got.mq_flags);
	FACT("send 1", mq_send(q, "one", 3, 1));
	FACT("send 9", mq_send(q, "nine", 4, 9));
	FACT("send 1 again", mq_send(q, "again", 5, 1));
	FACT("too long", mq_send(q, b, 17, 1));
	FACT("full", mq_timedsend(q, "x", 1, 1, &(struct timespec){1, 0}));
	FACT("too small a buffer", mq_receive(q, b, 15, NULL));
	for (int i = 0; i < 3; i++) {
		ssize_t n = mq_receive(q, b, sizeof(b), &priority);
		say("receive: %.*s priority %u", n < 0 ? 0 : (int)n, b, priority);
	}
	FACT("empty", mq_timedreceive(q, b, sizeof(b), NULL, &(struct timespec){1, 0}));
	got.mq_flags = O_NONBLOCK;
	FACT("do not wait", mq_setattr(q, &got, NULL));
	FACT("empty", mq_receive(q, b, sizeof(b), NULL));
	signal(SIGUSR1, on_signal);
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	FACT("notify", mq_notify(q, &event));
	FACT("notify twice", mq_notify(q, &event));
	FACT("send", mq_send(q, "x", 1, 0));
	FACT("notified", notified);
	FACT("in /dev/mqueue", access("/dev/mqueue/conformance", F_OK));
	FACT("its text", get_file("/dev/mqueue/conformance", b, sizeof(b)) > 0);
	say("  %.20s", b);
	as_user("user", by_user);
	FACT("without a slash", mq_open("conformance", O_RDWR));
	FACT("a slash within", mq_open("/a/b", O_CREAT | O_RDWR, 0600, NULL));
	FACT("not there", mq_open("/missing", O_RDWR));
	FACT("too many messages",
	     mq_open("/big", O_CREAT | O_RDWR, 0600,
		     &(struct mq_attr){.mq_maxmsg = 1 << 20, .mq_msgsize = 8}));
	FACT("no size", mq_open("/none", O_CREAT | O_RDWR, 0600,
				&(struct mq_attr){.mq_maxmsg = 1, .mq_msgsize = 0}));
	FACT("unlink", mq_unlink("/conformance"));
	FACT("again", mq_unlink("/conformance"));
	FACT("still open", mq_getattr(q, &got));
	FACT("close", mq_close(q));
	FACT("closed", mq_getattr(q, &got));
	return 0;
}
