/* hub: a link that delays, jitters, loses, doubles and reorders, for kernels without netem.
 *
 * A star of network namespaces: PREFIX0 stands in the middle (198.18.0.1), PREFIX1 ... PREFIXn are the ends
 * (198.18.0.1 + i), each on a link of its own. Every IPv4 packet is read from the TUN device of one namespace, held
 * for as long as the link takes, and written to the TUN device of the other. One direction of one link keeps the order
 * of its packets, as a radio bearer does, but for those that are drawn to be reordered.
 *
 * usage: hub PREFIX n
 * Says READY once the devices are there. On standard input one line a change:
 *     DELAY_US JITTER_US LOSS DOUBLED REORDERED        (the last three in hundredths of a per cent)
 * LOSS 10000 is a cut. At the end of the input it ends: whoever holds the other side need only die.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define MOST_ENDS 64
#define FIRST_ADDRESS 0xC6120001u
#define PACKETS_AT_ONCE 64
#define CONTROL MOST_ENDS + 1
#define TIMER MOST_ENDS + 2

typedef struct {
    int64_t due_ns;
    uint64_t number;
    int to, length;
    unsigned char *bytes;
} packet;

static struct { int64_t delay_us, jitter_us; int loss, doubled, reordered; } link_;
static packet *heap;
static int waiting, room;
static uint64_t numbers;
static int tun[MOST_ENDS], ends;
static int64_t last_due_ns[MOST_ENDS][2];

static void die(const char *what) {
    perror(what);
    exit(1);
}

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int before(const packet *a, const packet *b) {
    return a->due_ns < b->due_ns || (a->due_ns == b->due_ns && a->number < b->number);
}

static void swap(int i, int j) {
    packet held = heap[i];
    heap[i] = heap[j];
    heap[j] = held;
}

static void push(packet one) {
    if (waiting == room) {
        room = room ? room * 2 : 1024;
        heap = realloc(heap, room * sizeof *heap);
        if (!heap) die("memory");
    }
    int i = waiting++;
    heap[i] = one;
    for (int parent; i && before(&heap[i], &heap[parent = (i - 1) / 2]); i = parent) swap(i, parent);
}

static packet pop(void) {
    packet first = heap[0];
    heap[0] = heap[--waiting];
    for (int i = 0, least;; i = least) {
        int left = 2 * i + 1, right = left + 1;
        least = i;
        if (left < waiting && before(&heap[left], &heap[least])) least = left;
        if (right < waiting && before(&heap[right], &heap[least])) least = right;
        if (least == i) return first;
        swap(i, least);
    }
}

static int open_tun(const char *prefix, int number) {
    char path[128];
    snprintf(path, sizeof path, "/run/netns/%s%d", prefix, number);
    int space = open(path, O_RDONLY | O_CLOEXEC);
    if (space < 0 || setns(space, CLONE_NEWNET)) die(path);
    close(space);
    int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    strcpy(request.ifr_name, "wan0");
    if (device < 0 || ioctl(device, TUNSETIFF, &request)) die("/dev/net/tun");
    return device;
}

static int drawn(int hundredths) {
    return lrand48() % 10000 < hundredths;
}

static void send_on(const unsigned char *bytes, int length, int to, int end, int direction) {
    int64_t jitter_ns = link_.jitter_us * 1000, due_ns = now_ns() + link_.delay_us * 1000;
    if (drawn(link_.reordered)) {
        due_ns -= jitter_ns; /* overtakes whoever is slower */
    } else {
        due_ns += (int64_t)((drand48() * 2 - 1) * jitter_ns);
        if (due_ns < last_due_ns[end][direction]) due_ns = last_due_ns[end][direction];
        last_due_ns[end][direction] = due_ns;
    }
    packet one = {due_ns, numbers++, to, length, malloc(length)};
    if (!one.bytes) die("memory");
    memcpy(one.bytes, bytes, length);
    push(one);
}

static void take(int from) {
    unsigned char bytes[2048];
    for (int n = 0; n < PACKETS_AT_ONCE; n++) {
        int length = read(tun[from], bytes, sizeof bytes);
        if (length <= 0) return;
        if (length < 20 || bytes[0] >> 4 != 4) continue;
        uint32_t address;
        memcpy(&address, bytes + 16, 4);
        uint32_t to = ntohl(address) - FIRST_ADDRESS;
        if (to > (uint32_t)ends || (int)to == from || (to && from)) continue;
        int end = from ? from : (int)to, direction = from ? 0 : 1;
        if (drawn(link_.loss)) continue;
        send_on(bytes, length, to, end, direction);
        if (drawn(link_.doubled)) send_on(bytes, length, to, end, direction);
    }
}

static void deliver(void) {
    while (waiting && heap[0].due_ns <= now_ns()) {
        packet one = pop();
        if (write(tun[one.to], one.bytes, one.length) < 0) { /* its namespace is going down */ }
        free(one.bytes);
    }
}

static void set_timer(int timer) {
    struct itimerspec when = {0};
    if (waiting) {
        when.it_value.tv_sec = heap[0].due_ns / 1000000000LL;
        when.it_value.tv_nsec = heap[0].due_ns % 1000000000LL;
    }
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static int obey(void) {
    char line[128];
    if (!fgets(line, sizeof line, stdin)) return 0;
    long delay, jitter;
    int loss, doubled, reordered;
    if (sscanf(line, "%ld %ld %d %d %d", &delay, &jitter, &loss, &doubled, &reordered) == 5) {
        link_.delay_us = delay, link_.jitter_us = jitter;
        link_.loss = loss, link_.doubled = doubled, link_.reordered = reordered;
        puts("SET");
    }
    return 1;
}

static void watch(int poll, int handle, int name) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = name};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, handle, &event)) die("epoll");
}

int main(int count, char **words) {
    if (count != 3 || (ends = atoi(words[2])) < 1 || ends >= MOST_ENDS) {
        fprintf(stderr, "usage: hub PREFIX n\n");
        return 2;
    }
    for (int i = 0; i <= ends; i++) tun[i] = open_tun(words[1], i);
    int poll = epoll_create1(EPOLL_CLOEXEC), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    for (int i = 0; i <= ends; i++) watch(poll, tun[i], i);
    watch(poll, STDIN_FILENO, CONTROL);
    watch(poll, timer, TIMER);
    setvbuf(stdin, NULL, _IONBF, 0);
    setvbuf(stdout, NULL, _IONBF, 0);
    struct sched_param first = {.sched_priority = 30};
    sched_setscheduler(0, SCHED_FIFO, &first); /* else the machine's load is measured with the link; not all may */
    srand48(42);
    puts("READY");
    for (;;) {
        struct epoll_event events[PACKETS_AT_ONCE];
        set_timer(timer);
        int ready = epoll_wait(poll, events, PACKETS_AT_ONCE, -1);
        for (int n = 0; n < ready; n++) {
            uint32_t name = events[n].data.u32;
            uint64_t expired;
            if (name == TIMER) {
                if (read(timer, &expired, sizeof expired) < 0) continue;
            } else if (name == CONTROL) {
                if (!obey()) return 0;
            } else {
                take(name);
            }
        }
        deliver();
    }
}
