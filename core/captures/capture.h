/* SPDX-License-Identifier: MIT */
/*
 * Private to the capture files: saved text of any system -> snapshots. capture.c takes files apart
 * into lines and gives each line to the reader of its grammar; the readers know nothing of each
 * other; store.c keeps what they found.
 */
#ifndef NV_CAPTURE_H
#define NV_CAPTURE_H

#include "captures/paste.h"
#include "nv_sockets.h"
#include "text/memory.h"
#include "text/text.h"

/* ---- labels and what they mean: alias.c ------------------------------------------ */

/* Words are "" where there are none. */
struct nv_alias {
	const char *section, *parent, *label;
	const char *own[2]; /* the platform's own names for the first and the second number */
	uint8_t klass;      /* enum nv_class_id */
	uint16_t to[2];     /* enum nv_counter_id of the first and the second number; neither: kept
			       as its own */
};

enum { NV_ALIAS_ROOM = 2048, NV_ALIAS_SLOTS = 8192, NV_NUMBERS_MAX = 8 };

enum { NV_LINE_UNREAD = 1 << NV_CLASS_END }; /* beside the bits of the classes */

/* No host has more; a text that says so is no capture. */
enum { NV_INTERFACES_MAX = 4096, NV_OWN_MAX = 2048, NV_NODES_MAX = 1024, NV_UNREAD_MAX = 65536 };

/* The aliases by the hash of section, parent and label; made once, read by everyone. */
struct nv_alias_index {
	uint64_t key[NV_ALIAS_SLOTS];
	uint16_t at[NV_ALIAS_SLOTS]; /* position in the table + 1; 0: free */
	uint16_t to[NV_ALIAS_ROOM][2];
	uint64_t section_key[NV_ALIAS_ROOM]; /* hash of its section */
	uint64_t parent_of[NV_ALIAS_ROOM];   /* hash of its parent; 0 none */
	uint64_t parent_key[NV_ALIAS_ROOM];  /* hash of the label if lines may stand below it; 0 */
	uint8_t sign[NV_ALIAS_ROOM];         /* enum nv_platform that alone prints this; 0 */
	uint8_t alone[NV_ALIAS_ROOM]; /* 1: no other section has this label; 2: another one has */
	uint8_t class_of[NV_C_END];   /* enum nv_class_id of a counter */
	uint64_t kernel_names, solaris, mbuf, any; /* hashes of sections, and of the label * */
};

extern const struct nv_alias nv_aliases[];
extern const size_t nv_alias_count;

/* What a label line says: hash of its words, and the numbers in it. */
struct nv_label {
	uint64_t hash;
	uint64_t number[NV_NUMBERS_MAX];
	unsigned count;
	bool negative; /* one of them: see nv_capture_number */
};

void nv_alias_index_make(struct nv_alias_index *);

/*
 * Hash of the words without case, plurals and punctuation. Numbers in brackets, and with `all`
 * every number that is a word of its own, become # and are returned.
 */
void nv_label_read(struct nv_text, bool all, struct nv_label *);
uint64_t nv_label_hash(const char *text);
uint64_t nv_label_hash_text(struct nv_text);

/*
 * Position in nv_aliases, or behind them nv_alias_count + counter for a name of the kernel; -1: not
 * known. Below the parent if there is one there, else without.
 */
int nv_alias_find(const struct nv_alias_index *, uint64_t section, uint64_t parent, uint64_t label);

/* The only meaning that such a label has in any section of netstat -s; -1: none, or several. */
int nv_alias_find_alone(const struct nv_alias_index *, uint64_t label);

/* Name of our own for a kept label: "tcpConnectionsLingered". */
void nv_own_name(
	const char *section, const char *parent, struct nv_text label, char name[NV_NAME_SIZE]);

/*
 * The counter of IPv6 that stands beside one of IPv4; the same one if the protocol has no other
 * (TCP). NONE if the catalog has none: then six is the name to keep it under.
 */
enum nv_counter_id nv_counter_v6(
	const struct nv_alias_index *, enum nv_counter_id, char six[NV_NAME_SIZE]);

/* ---- one host's capture ------------------------------------------------------------------ */

/* Which output the lines are of: a mode for each row of readers.def. */
enum nv_grammar {
#define READER(mode, functions, flags) NV_GRAMMAR_##mode,
#include "captures/readers.def"
#undef READER
	NV_GRAMMAR_END
};

/* When a reader is asked for a line that is not, or not yet, of its output. */
enum nv_stage { NV_STAGE_HEADING, NV_STAGE_EARLY, NV_STAGE_LATE, NV_STAGES };

/* Where a value came from: enough to point at it in the customer's file. */
struct nv_origin_line {
	uint32_t line;
	uint16_t file;
	uint8_t klass;
	char label[72];
};

/* The same counter in IPv4 and IPv6 adds; printed again it replaces. */
struct nv_part {
	uint32_t instance[2];
	uint64_t amount[2];
};

struct nv_own {
	char name[NV_NAME_SIZE];
	struct nv_part part;
	struct nv_origin_line origin;
	uint8_t protocol; /* enum nv_protocol: of the section that it stands in */
	bool negative;    /* as of counters */
};

/* Negative numbers wait here until the width of the counters is known: see nv_capture_number. */
enum nv_pending { NV_PENDING_NONE, NV_PENDING_COUNTER, NV_PENDING_GAUGE };

struct nv_unread {
	uint32_t line;
	uint16_t file;
	uint8_t pending;             /* enum nv_pending */
	bool foreign;                /* of a file in which nothing else was understood */
	uint16_t interface, columns; /* number + 1 and bits of its values; 0: not of an interface */
	char text[120];
};

#define NV_COLUMNS_MAX 32

/* Positions + 1 by the hash of their names, oldest first: hostile texts have many names. */
struct nv_chains {
	uint16_t head[1024], next[NV_INTERFACES_MAX];
};

/* Where the reader of a table is. */
struct nv_table {
	uint8_t kind[NV_COLUMNS_MAX]; /* meaning of each column: the reader's own enumeration */
	unsigned columns;
	char name[24]; /* of the interface that the following lines are about */
	bool trailing_drop, links;
	uint64_t parts[NV_IF_VALUES];           /* sums of the parts of a value */
	int clock, clock_before, clock_counted; /* seconds of the day, of rows with a time */
};

/* A section of netstat -s: which one, and below which line. */
struct nv_section {
	uint64_t section, section_v4, parent; /* hashes; 0 none */
	char name[32];
	uint64_t closed, spoiled; /* of them: another followed; a line of it was not understood */
	unsigned now;             /* position + 1 of the present one; 0 none */
	uint64_t seen;            /* sections so far, by position in the table of sections.c */
	uint32_t skipped_line;    /* the heading of one that is not read, */
	unsigned skipped;         /* and its lines */
};

/* A block of Windows: kept until it ends, because a translated one is read by position. */
struct nv_block {
	struct {
		uint64_t number[2];
		unsigned count;
		bool negative;
		uint32_t line;
		char text[72];
		int alias;
	} row[40];
	unsigned rows, known;
	char section[20];
	bool v6;
};

struct nv_capture {
	char node[NV_NAME_SIZE], host[NV_NAME_SIZE], kernel[NV_NAME_SIZE];
	unsigned dated_file, dated_line; /* where its newest date stands, from 1 */
	char file[NV_PATH_SIZE];         /* name of the first file */
	enum nv_platform platform;
	bool platform_given, platform_certain;
	unsigned score[NV_PLATFORM_END];
	int64_t time_s;        /* epoch seconds; 0 unknown */
	const char *time_from; /* "date line", "file name", NULL */
	bool humanized;        /* numbers like 1.2K were read */
	struct nv_snapshot snapshot;
	struct nv_part part[NV_C_END];
	struct nv_origin_line origin[NV_C_END];
	uint8_t computed[NV_C_END];       /* by an equation: 1; a zero that was left out: 2 */
	uint8_t wrapped[NV_C_END];        /* a part is larger than this whole */
	uint8_t negative[NV_C_END];       /* printed so: see nv_capture_number */
	char not_available[NV_TEXT_SIZE]; /* sections that hold nothing but zeros */
	bool saw_statistics, saw_interfaces, saw_mbufs, saw_sockets;
	bool saw_protocol[NV_PROTOCOL_END];
	bool increments;         /* says what happened, not what there was since boot, */
	double span_s;           /* in so many seconds; 0 unknown */
	uint64_t damaged_frames; /* of the interface that has most of them */
	char damaged_name[24];
	char device[24];     /* that the command before was about; "" none */
	bool zeros_left_out; /* by the grammar, not by the system */
	struct nv_own *own;
	unsigned own_count, own_room;
	struct nv_chains own_chains, interface_chains;
	struct nv_saved_socket *sockets;
	unsigned socket_count, socket_room, sockets_read;
	uint32_t socket_source[2],
		socket_source_now[2]; /* where TCP and UDP are from, and what is read */
	struct nv_unread *unread;
	unsigned unread_count, unread_room;
	uint64_t numbers_read;

	/* where reading is: of every reader, then of one each */
	enum nv_grammar mode;
	uint32_t instance;
	unsigned plane;            /* 0: IPv4 or both, 1: IPv6 */
	enum nv_protocol protocol; /* of the section; NONE where lines are of many */
	struct nv_section in;
	uint32_t memory_line; /* the last of a list of memory; 0 none in this file */
	struct nv_table table;
	struct nv_block block;
	uint16_t *own_of;     /* by alias, plane and number: position in own + 1 */
	struct nv_text names; /* the line before of a pair of /proc */
};

struct nv_captures {
	struct nv_alias_index index;
	uint64_t begins[NV_STAGES][256]; /* readers to ask, a bit each, by the first character */
	struct nv_capture **list;
	unsigned count, room;
	uint32_t node_hash[NV_NODES_MAX];
	enum nv_platform platform; /* given by the user; UNKNOWN: recognize */
	char **files;
	unsigned file_count, file_room;
	uint8_t *lines; /* classes of each line of the last text, a bit each; NV_LINE_UNREAD */
	size_t line_room;
	uint32_t line, last_line;
	struct nv_text text;      /* of that line */
	uint32_t negative_line;   /* has a negative number */
	uint16_t file, text_file; /* the part that is read, and the first part of its text */
	struct {
		uint16_t file, platform;
	} system[2]; /* the first file whose system is known by its TCP, and the first of another
			one */
	bool no_memory, clean_up_done;
	struct nv_buffer pasted; /* the text that was cleaned last */
	bool is_setting;         /* the part that is read is a copy of a file of /proc/sys */
	unsigned taken;          /* what was taken away, a bit for each enum nv_paste_kind */
};

/* ---- store.c: what readers found ------------------------------------------------- */

/* A new heading: values of the same counter from here on replace those of earlier headings. */
void nv_store_heading(struct nv_capture *, unsigned plane);
void nv_store_counter(struct nv_captures *, struct nv_capture *, enum nv_counter_id, uint64_t value,
	struct nv_text label, enum nv_class_id);
void nv_store_own(struct nv_captures *, struct nv_capture *, const char *name, uint64_t value,
	struct nv_text label, enum nv_class_id);
/* All numbers of a line whose meaning is alias `at`. */
void nv_store_alias(struct nv_captures *, struct nv_capture *, int at, const uint64_t *numbers,
	unsigned count, struct nv_text label);
/* A line that looks like a statistic and is not known. */
void nv_store_unread(struct nv_captures *, struct nv_capture *, uint32_t line, struct nv_text);
void nv_store_class(struct nv_captures *, enum nv_class_id);

/*
 * A number, or "-5" of a tool that prints a counter of 32 bits as one with a sign: 2^32 - 5.
 * Whether that is true is known only when the system is: at the end what is left of it on a system
 * that counts with 64 bits, and every level, is listed as not understood instead.
 */
bool nv_capture_number(struct nv_captures *, struct nv_text word, uint64_t *value);
bool nv_is_negative(struct nv_text word, uint64_t *value);
/* "echo reply: 12": the number stands last, behind a colon. */
bool nv_capture_number_last(
	struct nv_captures *, struct nv_text line, struct nv_text *label, uint64_t *number);
/* The value in that column of an interface was negative. */
void nv_store_negative_interface(
	struct nv_captures *, struct nv_capture *, const struct nv_interface *, unsigned column);
void nv_store_negatives_end(struct nv_captures *, struct nv_capture *);

/* finish.c: after the last line, equations, wrapped wholes, empty blocks */
void nv_capture_finish(struct nv_captures *, struct nv_capture *);

/* lines.c: which readers to ask for a line that begins so; one line, whatever it is */
void nv_readers_index(uint64_t begins[NV_STAGES][256]);
void nv_capture_line(struct nv_captures *, struct nv_capture *, struct nv_text line);

/* system.c */
bool nv_capture_has_anything(const struct nv_capture *);
void nv_capture_recognize(struct nv_capture *);
/* At the end of a part of a text: before: the scores at its beginning. */
void nv_capture_note_system(
	struct nv_captures *, const struct nv_capture *, const unsigned before[NV_PLATFORM_END]);

/* ---- readers: readers/, declared by the table; true if the line was theirs ----------------- */

#define HEADING(f, at)                 bool f(struct nv_captures *, struct nv_capture *, struct nv_text line);
#define EARLY(f, at)                   HEADING(f, at)
#define LATE(f, at)                    HEADING(f, at)
#define READ(f)                        HEADING(f, "")
#define READER(mode, functions, flags) functions
#include "captures/readers.def"
#undef HEADING
#undef EARLY
#undef LATE
#undef READ
#undef READER

/* Is a file of that name a copy of one of /proc/sys? */
bool nv_capture_is_setting(struct nv_text file);
/* What ends with an output. */
void nv_capture_section_end(struct nv_captures *, struct nv_capture *);
void nv_capture_windows_end(struct nv_captures *, struct nv_capture *);
void nv_capture_section_close(struct nv_capture *);
void nv_capture_section_spoil(struct nv_capture *);
/* May what a section did not say be taken for 0? */
enum nv_section_end {
	NV_SECTION_NONE,    /* there was no heading of that name */
	NV_SECTION_SPOILED, /* no: some of its lines were not understood */
	NV_SECTION_CUT,     /* only what stands before its last line: the text ends in it */
	NV_SECTION_WHOLE,
};
enum nv_section_end nv_capture_section_left_out(const struct nv_capture *, const char *printed);
/* The interface of that name (and link, if exact), made if it is new. NULL: far too many. */
struct nv_interface *nv_capture_interface_of(
	struct nv_capture *, struct nv_text name, unsigned link, bool exact, bool *is_new);
/* Frames that arrived damaged at the interface that is being read. */
void nv_capture_note_damage(struct nv_capture *, uint64_t frames);
/* Loopback, tunnels and what has no wire behind it are shown and judge nothing. */
bool nv_capture_has_wire(struct nv_text name);
/* At the end of a file: of what is in several files one counts. */
void nv_capture_settle_sockets(struct nv_capture *, unsigned udp);
/* dates.c: epoch seconds; 0: no date */
int64_t nv_date_of(struct nv_text line);
int64_t nv_time_of_name(const char *file_name);

/* Counters of a socket table, and the sockets worth naming. */
void nv_capture_socket_sums(struct nv_capture *);

/* socket_details.c: what ss -i prints behind or below a socket */
void nv_capture_socket_details(struct nv_saved_socket *, struct nv_text line);

#endif
