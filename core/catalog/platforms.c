/* SPDX-License-Identifier: MIT */
/* Names of the systems whose statistics can be read, and what people call their family. */
#include "catalog/catalog.h"

#include <string.h>

const char *const nv_platform_names[NV_PLATFORM_END] = { "unknown", "linux", "freebsd", "macos",
	"netbsd", "openbsd", "bsd", "junos", "solaris", "aix", "hpux", "sco", "windows" };
const char *const nv_platform_titles[NV_PLATFORM_END] = { "unknown system", "Linux", "FreeBSD",
	"macOS", "NetBSD", "OpenBSD", "BSD", "Junos", "Solaris", "AIX", "HP-UX", "SCO", "Windows" };

enum nv_platform nv_platform_find(const char *name)
{
	static const struct {
		const char *name;
		enum nv_platform platform;
	} others[] = { { "illumos", NV_PLATFORM_SOLARIS }, { "sunos", NV_PLATFORM_SOLARIS },
		{ "onefs", NV_PLATFORM_FREEBSD }, { "darwin", NV_PLATFORM_MACOS },
		{ "osx", NV_PLATFORM_MACOS }, { "hp-ux", NV_PLATFORM_HPUX },
		{ "netapp", NV_PLATFORM_BSD }, { "irix", NV_PLATFORM_BSD },
		{ "osf1", NV_PLATFORM_BSD }, { "tru64", NV_PLATFORM_BSD },
		{ "ultrix", NV_PLATFORM_BSD }, { "nextstep", NV_PLATFORM_BSD } };

	for (unsigned i = 0; i < NV_PLATFORM_END; i++)
		if (strcmp(name, nv_platform_names[i]) == 0)
			return (enum nv_platform)i;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(name, others[i].name) == 0)
			return others[i].platform;
	return NV_PLATFORM_END;
}
