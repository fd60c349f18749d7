# Installing and packaging: install, uninstall, deb, rpm, and the manuals made from the program.

BASHCOMPDIR ?= $(PREFIX)/share/bash-completion/completions
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
DOCDIR      ?= $(PREFIX)/share/doc/netvitals
SAMPLEDIR   ?= $(DOCDIR)/examples
INSTALL     ?= install

# from : directory : mode. What is not built is not installed; docs that do not exist yet neither.
INSTALLED = \
	$(BUILD)/netvitals:$(BINDIR):755 \
	cli/netvitals.1:$(MANDIR)/man1:644 \
	packaging/man/netvitals.7:$(MANDIR)/man7:644 \
	packaging/bash-completion/netvitals:$(BASHCOMPDIR):644 \
	$(foreach file,README.md ARCHITECTURE.md CONTRIBUTING.md SECURITY.md CHANGES.md LICENSE $(wildcard docs/*.md),$(file):$(DOCDIR):644) \
	$(foreach file,$(wildcard packaging/samples/*.conf),$(file):$(SAMPLEDIR):644) \
	$(foreach file,$(wildcard packaging/collectd/*.json packaging/collectd/*.yml plugins/snmp/nms/*.yml),$(file):$(SAMPLEDIR)/dashboards:644)
ifneq ($(filter $(BUILD)/netvitals-agentx,$(PARTS)),)
INSTALLED += \
	$(BUILD)/netvitals-agentx:$(SBINDIR):755 \
	$(foreach file,$(wildcard plugins/snmp/*.8),$(file):$(MANDIR)/man8:644) \
	packaging/man/netvitals.conf.5:$(MANDIR)/man5:644 \
	mibs/NETVITALS-MIB.txt:$(MIBDIR):644 \
	$(BUILD)/netvitals-agentx.service:$(UNITDIR):644 \
	packaging/systemd/netvitals.sysusers:$(SYSUSERSDIR):644
endif
ifneq ($(filter $(BUILD)/collectd/netvitals.so,$(PARTS)),)
INSTALLED += \
	$(BUILD)/collectd/netvitals.so:$(COLLECTD_PLUGINDIR):644 \
	plugins/collectd/collectd-netvitals.5:$(MANDIR)/man5:644
endif

# netvitals.sysusers is installed as netvitals.conf, as systemd-sysusers wants it.
CONF = $(DESTDIR)$(SYSCONFDIR)/netvitals/netvitals.conf

$(BUILD)/netvitals-agentx.service: packaging/systemd/netvitals-agentx.service.in FORCE
	@mkdir -p $(@D)
	$(Q)sed 's,@SBINDIR@,$(SBINDIR),g; s,@SYSCONFDIR@,$(SYSCONFDIR),g' $< >$@

install: all $(BUILD)/netvitals-agentx.service
	$(Q)set -e; for entry in $(foreach e,$(INSTALLED),'$(e)'); do \
		from=$${entry%%:*}; rest=$${entry#*:}; dir=$${rest%:*}; mode=$${rest##*:}; \
		name=$$(basename "$$from" | sed 's/\.sysusers$$/.conf/'); \
		$(INSTALL) -d "$(DESTDIR)$$dir"; \
		$(INSTALL) -m "$$mode" "$$from" "$(DESTDIR)$$dir/$$name"; \
		echo "  INST $(DESTDIR)$$dir/$$name"; \
	done
	$(Q)if [ -e "$(CONF)" ]; then echo "  KEEP $(CONF)"; else \
		$(INSTALL) -d "$(dir $(CONF))"; \
		$(INSTALL) -m 644 packaging/samples/netvitals.conf "$(CONF)"; echo "  INST $(CONF)"; fi

# Takes away what install brought, directories of our own, and the configuration unless it was edited.
uninstall:
	$(Q)for entry in $(foreach e,$(INSTALLED),'$(e)'); do \
		from=$${entry%%:*}; rest=$${entry#*:}; dir=$${rest%:*}; \
		name=$$(basename "$$from" | sed 's/\.sysusers$$/.conf/'); \
		rm -f "$(DESTDIR)$$dir/$$name"; \
	done
	$(Q)if cmp -s packaging/samples/netvitals.conf "$(CONF)"; then rm -f "$(CONF)"; \
		elif [ -e "$(CONF)" ]; then echo "  KEEP $(CONF): edited"; fi
	$(Q)for dir in "$(SAMPLEDIR)/dashboards" "$(SAMPLEDIR)" "$(DOCDIR)" "$(SYSCONFDIR)/netvitals"; do \
		rmdir "$(DESTDIR)$$dir" 2>/dev/null || [ ! -d "$(DESTDIR)$$dir" ] || \
			echo "  KEEP $(DESTDIR)$$dir: not empty"; done

# ---- manuals from the program's own tables ---------------------------------------------------------

$(BUILD)/man/options: packaging/man/options.c $(LIB)
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(NV_CFLAGS) -Icore -o $@ $< $(LIB) -lm

generate: generate-manuals
generate-manuals: $(BUILD)/netvitals $(BUILD)/man/options
	@NETVITALS_BUILD=$(abspath $(BUILD)) packaging/man/generate

manuals-check: $(BUILD)/netvitals $(BUILD)/man/options
	@NETVITALS_BUILD=$(abspath $(BUILD)) packaging/man/generate --check

# ---- packages: the scripts install the tools they need and leave the packages in build/ -------------

deb:
	@packaging/make-deb

rpm:
	@packaging/make-rpm

.PHONY: install uninstall generate-manuals manuals-check deb rpm
