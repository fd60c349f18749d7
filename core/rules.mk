# The sources alone, for their tests in network namespaces.
$(BUILD)/tests/source_probe: tests/integration/source_probe.c $(LIB)
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(NV_CFLAGS) -Icore -o $@ $< $(LIB) -lm
