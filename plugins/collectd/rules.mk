# What the collectd plugin needs beyond the common flags: the daemon's headers, which are not clean
# under our warnings and therefore count as system headers, and their config.h. Only module_register
# is exported; the daemon's own functions stay undefined until it loads the plugin.
COLLECTD_CFLAGS  = -isystem /usr/include/collectd -DHAVE_CONFIG_H -D_GNU_SOURCE -fPIC -fvisibility=hidden -pthread
COLLECTD_LDFLAGS = -shared -pthread -Wl,--version-script=plugins/collectd/exports.map $(SMALL)
