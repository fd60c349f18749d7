#!/bin/bash
# SPDX-License-Identifier: MIT
# Other processors: every part compiles for arm64 by a cross compiler, and the unit tests pass on
# i386 (32-bit words, i387 arithmetic) in a bare Debian of that kind made here. NV_SOURCE: another tree.
set -u
cd "$(dirname "$0")/../.." || exit 2
source=${NV_SOURCE:-$PWD}
# Where this machine itself gets Debian 12 from, unless told otherwise.
# shellcheck disable=SC2016 # apt-get expands these
mirror=${NV_MIRROR:-$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 2>/dev/null |
    sed -n 's/ bookworm$//p' | head -n 1)}
dir=$(mktemp -d -p "${TMPDIR:-/tmp}" nv-arch.XXXXXX)
failed=0

# shellcheck disable=SC2317 # called by the trap
cleanup() {
    ! mountpoint -q "$dir/i386/proc" || umount -l "$dir/i386/proc"
    rm -rf --one-file-system "$dir"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

check() { # name, what was wrong ("" is fine)
    if [ -z "$2" ]; then
        echo "ok - $1"
    else
        echo "not ok - $1: $(echo "$2" | head -c 800 | tr '\n' ' ')"
        failed=1
    fi
}

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "skip - other processors: needs root and apt-get"
    exit 0
fi
packaging/install-deps packaging/lists/soak || {
    echo "skip - other processors: the tools cannot be installed"
    exit 0
}

# ---- arm64: the libraries of that processor are only unpacked, so nothing of it has to run here ----------

sysroot=$dir/sysroot
mkdir -p "$sysroot/usr/lib"
ln -s usr/lib "$sysroot/lib"
debootstrap --arch=arm64 --download-only --variant=minbase --include=libc6-dev,libsnmp-dev,collectd-dev \
    bookworm "$dir/archives" "$mirror" >"$dir/log" 2>&1 || {
    echo "skip - other processors: debootstrap: $(tail -n 1 "$dir/log")"
    exit 0
}
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
debootstrap --arch=i386 --variant=minbase --include=gcc,libc6-dev,make,libcmocka-dev,libsnmp-dev,collectd-dev \
    bookworm "$dir/i386" "$mirror" >"$dir/log" 2>&1 || {
    echo "skip - i386: debootstrap: $(tail -n 1 "$dir/log")"
    exit $failed
}
mkdir -p "$dir/i386/src"
"$source/packaging/copy-sources" "$dir/i386/src"
mount -t proc proc "$dir/i386/proc"
inside() { chroot "$dir/i386" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
inside make -C /src -s -j2 EXTRA=-Werror all >"$dir/log" 2>&1
absent=
for part in netvitals netvitals-agentx collectd/netvitals.so; do
    [ -e "$dir/i386/src/build/$part" ] || absent="$absent $part"
done
check "i386: every part builds without a warning" \
    "${absent:+$absent: $(grep -E 'error|left out' "$dir/log" | head -n 5)}"
inside make -C /src -s -j2 -k unit >"$dir/log" 2>&1
check "i386: unit tests build" "$(grep -E 'error:|undefined' "$dir/log" | head -n 5)"
inside /src/tests/run unit >"$dir/log" 2>&1
echo "   $(tail -n 1 "$dir/log")"
check "i386: unit tests pass" "$(grep -E '^ *not ok' "$dir/log"; grep -qE '^[1-9][0-9]* passed, 0 failed' "$dir/log" || tail -n 1 "$dir/log")"
rows=$(inside /src/build/netvitals 1 | grep -cE '^ [LCRAS] [a-z]+ ')
check "i386: a report of five classes" "$([ "$rows" -eq 5 ] || echo "$rows")"
exit $failed
