/* SPDX-License-Identifier: MIT */
/*
 * Names, regular expressions -> which links are counted in class status.
 *
 * Only devices with hardware behind them, and bonds, feed one by default: what happens to a veth,
 * bridge or tunnel has happened to a real device, or is a container's own affair.
 */
#include "kernel/links.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#define PATTERNS_MAX 16

struct pattern {
	bool is_regex;
	regex_t regex;
	char name[16];
};

struct nv_link_rule {
	bool all, inverted;
	unsigned count;
	struct pattern pattern[PATTERNS_MAX];
};

struct nv_link nv_link_guess(const char *name)
{
	static const char *const virtual[] = { "veth", "docker", "br-", "virbr", "cni", "cali",
		"flannel", "vxlan", "tun", "tap", "wg", "dummy", "ifb", "sit", "gre", "erspan",
		"ip6", "ip_vti", "tunl", "teql", "lxc", "lxd", "vnet", "vmnet", "kube-",
		"nodelocaldns", "ovs", "ppp", "macvtap", "macvlan", "ipvlan", "nlmon", "cilium",
		"weave", "antrea", "podman" };
	struct nv_link link = { .loopback = strcmp(name, "lo") == 0 };

	nv_copy_text(link.name, sizeof(link.name), nv_as_text(name));
	link.hardware = !link.loopback && !strpbrk(name, ".@:");
	for (unsigned i = 0; i < sizeof(virtual) / sizeof(virtual[0]); i++)
		if (strncmp(name, virtual[i], strlen(virtual[i])) == 0)
			link.hardware = false;
	if (strncmp(name, "br", 2) == 0 && name[2] >= '0' && name[2] <= '9')
		link.hardware = false;
	return link;
}

bool nv_link_rule_feeds(const struct nv_link_rule *rule, const struct nv_link *link)
{
	bool named = false;

	if (rule->all)
		return !link->loopback;
	if (!rule->count)
		return link->hardware;
	for (unsigned i = 0; i < rule->count && !named; i++) {
		const struct pattern *p = &rule->pattern[i];

		named = p->is_regex ? regexec(&p->regex, link->name, 0, NULL, 0) == 0
				    : strcmp(p->name, link->name) == 0;
		/* A regular expression as wide as /./ does not mean loopback. */
		if (p->is_regex && link->loopback)
			named = rule->inverted;
	}
	if (rule->inverted)
		return !named && link->hardware;
	return named;
}

static int add_pattern(
	struct nv_link_rule *rule, const char *text, size_t length, struct nv_error *err)
{
	struct pattern *to = &rule->pattern[rule->count];
	char buf[NV_TEXT_SIZE], why[80];
	int code;

	if (rule->count == PATTERNS_MAX || length >= sizeof(buf)) {
		nv_source_fail(err,
			"interfaces: more than %d names or expressions, or one that is too "
			"long: %.*s",
			PATTERNS_MAX, (int)(length < 64 ? length : 64), text);
		return -1;
	}
	if (text[0] != '/') {
		if (length >= sizeof(to->name)) {
			nv_source_fail(err,
				"interfaces: expected a name of at most 15 characters or a "
				"/regex/, found %.*s",
				(int)length, text);
			return -1;
		}
		nv_copy_text(to->name, sizeof(to->name), (struct nv_text){ text, text + length });
		rule->count++;
		return 0;
	}
	memcpy(buf, text + 1, length - 1);
	buf[length - 1] = 0;
	if (length < 3 || buf[length - 2] != '/') {
		nv_source_fail(err, "interfaces: expected /regex/, found %.*s", (int)length, text);
		return -1;
	}
	buf[length - 2] = 0;
	code = regcomp(&to->regex, buf, REG_EXTENDED | REG_NOSUB);
	if (code) {
		regerror(code, &to->regex, why, sizeof(why));
		nv_source_fail(err, "interfaces: %.*s: %s", (int)length, text, why);
		return -1;
	}
	to->is_regex = true;
	rule->count++;
	return 0;
}

struct nv_link_rule *nv_link_rule_new(const char *text, struct nv_error *err)
{
	struct nv_link_rule *rule = calloc(1, sizeof(*rule));

	if (!rule) {
		nv_source_fail(err, "interfaces: no memory");
		return NULL;
	}
	text += strspn(text, " \t,");
	if (strcmp(text, "all") == 0) {
		rule->all = true;
		return rule;
	}
	rule->inverted = text[0] == '!';
	text += rule->inverted;
	for (text += strspn(text, " \t,"); *text; text += strspn(text, " \t,")) {
		size_t length = strcspn(text, " \t,");

		/* Inside slashes a comma or a blank belongs to the expression. */
		if (text[0] == '/') {
			const char *end = strchr(text + 1, '/');

			length = end ? (size_t)(end - text) + 1 : strlen(text);
		}
		if (add_pattern(rule, text, length, err) < 0) {
			nv_link_rule_free(rule);
			return NULL;
		}
		text += length;
	}
	return rule;
}

bool nv_interfaces_valid(const char *text)
{
	struct nv_link_rule *rule = nv_link_rule_new(text, NULL);

	nv_link_rule_free(rule);
	return rule != NULL;
}

void nv_link_rule_free(struct nv_link_rule *rule)
{
	if (!rule)
		return;
	for (unsigned i = 0; i < rule->count; i++)
		if (rule->pattern[i].is_regex)
			regfree(&rule->pattern[i].regex);
	free(rule);
}
