# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# For the tests that make a bare Debian of their own; to be sourced from the top of the tree, by root
# or else skipped. Gives $dir (gone at the end), $source, $mirror, check, give_up, bare, inside.
what=$1 # what is skipped if it cannot be done here
source=${NV_SOURCE:-$PWD}
# Where this machine itself gets Debian 12 from, unless told otherwise.
# shellcheck disable=SC2016 # apt-get expands these
mirror=${NV_MIRROR:-$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 2>/dev/null |
    sed -n 's/ bookworm$//p' | head -n 1)}
dir=$(mktemp -d -p "${TMPDIR:-/tmp}" nv-soak.XXXXXX)
failed=0

# shellcheck disable=SC2317 # called by the trap
cleanup() {
    for mount in "$dir"/*/proc "$dir"/*/dev; do
        ! mountpoint -q "$mount" || umount -l "$mount"
    done
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

give_up() { # reason
    echo "skip - $what: $1"
    exit $failed
}

# A bare Debian in $dir/NAME: name, then options of debootstrap. Nothing starts while packages are installed
# into it from outside, and nothing that is only recommended comes.
bare() {
    local root=$dir/$1
    shift
    debootstrap --variant=minbase "$@" bookworm "$root" "$mirror" >"$dir/log" 2>&1 ||
        give_up "debootstrap: $(tail -n 1 "$dir/log")"
    cp /etc/resolv.conf "$root/etc/"
    printf '127.0.0.1 localhost\n127.0.1.1 guest\n' >"$root/etc/hosts"
    echo guest >"$root/etc/hostname" # collectd wants a name that resolves
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
    echo 'APT::Install-Recommends "false";' >"$root/etc/apt/apt.conf.d/90test"
    mount -t proc proc "$root/proc"
}

inside() { # directory below $dir, command...
    local root=$dir/$1
    shift
    chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"
}

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    give_up "needs root and apt-get"
fi
packaging/install-deps packaging/lists/soak || give_up "the tools cannot be installed"
