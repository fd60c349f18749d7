# What single unit tests need at the link: the allocator of the core goes through the test.
TEST_LDFLAGS_noalloc = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free
