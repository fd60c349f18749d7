#!/bin/bash
# SPDX-License-Identifier: MIT
# Other processors: every part compiles for arm64 by a cross compiler, and the unit tests pass on
# i386 (32-bit words, i387 arithmetic) in a bare Debian of that kind made here. NV_SOURCE: another tree.
set -u
cd "$(dirname "$0")/../.." || exit 2
. tests/soak/bare_debian.sh "other processors"

# ---- arm64: the libraries of that processor are only unpacked, so nothing of it has to run here ----------

sysroot=$dir/sysroot
mkdir -p "$sysroot/usr/lib"
ln -s usr/lib "$sysroot/lib"
debootstrap --arch=arm64 --download-only --variant=minbase --include=libc6-dev,libsnmp-dev,collectd-dev \
    bookworm "$dir/archives" "$mirror" >"$dir/log" 2>&1 || give_up "debootstrap: $(tail -n 1 "$dir/log")"
for package in "$dir"/archives/var/cache/apt/archives/{lib,linux-libc-dev,collectd-dev,zlib}*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x -C "$sysroot" --keep-directory-symlink --exclude ./etc --exclude ./var
done
includes=$sysroot/usr/include/collectd
make -C "$source" --no-print-directory -s "BUILD=$dir/arm64" AR=aarch64-linux-gnu-ar EXTRA=-Werror \
    "CC=aarch64-linux-gnu-gcc --sysroot=$sysroot" HAVE_NETSNMP=yes HAVE_COLLECTD=yes \
    COLLECTD_CFLAGS="-DHAVE_CONFIG_H -fvisibility=hidden -pthread -isystem $includes" all >"$dir/log" 2>&1
for part in netvitals netvitals-agentx collectd/netvitals.so; do
    machine=$(readelf -h "$dir/arm64/$part" 2>&1 | sed -n 's/.*Machine: *//p')
    check "arm64: $part builds, and is of that kind" "$([ "$machine" = AArch64 ] || { echo "$machine"; tail -n 5 "$dir/log"; })"
done
check "arm64: no header of this machine was used" "$(find "$dir/arm64" -name '*.d' -exec cat {} + | tr ' ' '\n' |
    grep '^/' | grep -vE "^($dir|/usr/lib/gcc-cross)/" | sort -u)"

# ---- i386 ------------------------------------------------------------------------------------------------

case $(uname -m) in
x86_64 | i?86) ;;
*)
    echo "skip - i386: this processor does not run it"
    exit $failed
    ;;
esac
bare i386 --arch=i386 --include=gcc,libc6-dev,make,libcmocka-dev,libsnmp-dev,collectd-dev
mkdir -p "$dir/i386/src"
"$source/packaging/copy-sources" "$dir/i386/src"
inside i386 make -C /src -s -j2 EXTRA=-Werror all >"$dir/log" 2>&1
absent=
for part in netvitals netvitals-agentx collectd/netvitals.so; do
    [ -e "$dir/i386/src/build/$part" ] || absent="$absent $part"
done
check "i386: every part builds without a warning" \
    "${absent:+$absent: $(grep -E 'error|left out' "$dir/log" | head -n 5)}"
inside i386 make -C /src -s -j2 -k unit >"$dir/log" 2>&1
check "i386: unit tests build" "$(grep -E 'error:|undefined' "$dir/log" | head -n 5)"
inside i386 /src/tests/run unit >"$dir/log" 2>&1
echo "   $(tail -n 1 "$dir/log")"
check "i386: unit tests pass" "$(grep -E '^ *not ok' "$dir/log"; grep -qE '^[1-9][0-9]* passed, 0 failed' "$dir/log" || tail -n 1 "$dir/log")"
rows=$(inside i386 /src/build/netvitals 1 | grep -cE '^ [LCRAS] [a-z]+ ')
check "i386: a report of five classes" "$([ "$rows" -eq 5 ] || echo "$rows")"
exit $failed
