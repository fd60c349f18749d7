/* SPDX-License-Identifier: MIT */
/* What ss -i prints behind a socket -> its segments, retransmissions and waits. */
#include "captures/capture.h"

#include <string.h>

/* What ss -i tells behind a socket: "bytes_retrans:8598323 data_segs_out:8690 busy:52000ms". */
void nv_capture_socket_details(struct nv_saved_socket *s, struct nv_text line)
{
	static const struct {
		const char *key;
		size_t at;
	} keys[] = { { "data_segs_out:", offsetof(struct nv_saved_socket, out_segs) },
		{ "busy:", offsetof(struct nv_saved_socket, busy_ms) },
		{ "rwnd_limited:", offsetof(struct nv_saved_socket, rwnd_limited_ms) },
		{ "sndbuf_limited:", offsetof(struct nv_saved_socket, sndbuf_limited_ms) } };
	double sent = 0, again = 0, segments = 0;
	struct nv_text word;

	while (nv_next_word(&line, &word)) {
		const char *colon = memchr(word.at, ':', (size_t)(word.end - word.at));
		const char *slash = memchr(word.at, '/', (size_t)(word.end - word.at));
		struct nv_text digits = { colon ? colon + 1 : word.end, word.end };
		uint64_t value;

		if (nv_starts(word, "retrans:") && slash) /* now, and in all */
			digits.at = slash + 1;
		digits.end = digits.at;
		while (digits.end < word.end && nv_is_digit(*digits.end))
			digits.end++;
		if (!nv_number(digits, &value))
			continue;
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (nv_starts(word, keys[i].key))
				memcpy((char *)s + keys[i].at, &(double){ (double)value },
					sizeof(double));
		sent = nv_starts(word, "bytes_sent:") ? (double)value : sent;
		again = nv_starts(word, "bytes_retrans:") ? (double)value : again;
		segments = nv_starts(word, "segs_out:") ? (double)value : segments;
		if (nv_starts(word, "retrans:") && slash)
			s->again_segs = (double)value;
	}
	/* older ones count all segments; without a total of retransmissions the share of bytes does
	 */
	s->out_segs = s->out_segs > 0 ? s->out_segs : segments;
	if (sent > 0 && again > 0)
		s->again_segs = s->out_segs > 0 ? s->out_segs * (again / sent) : again / 1448;
	if (!(s->out_segs > 0) && sent > 0)
		s->out_segs = sent / 1448;
}
