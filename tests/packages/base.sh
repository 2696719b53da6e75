# Sourced by the scripts beside it: the package to try, and a minimal Debian with sysvinit to try it in.

export DEBIAN_FRONTEND=noninteractive LC_ALL=C

# Ends well, and says what was left out.
skip() { echo "SKIPPED: $1"; exit 0; }

# What a chroot of its own, with its own processes, needs. TEXT names what is left out where it is not to be had.
needs_chroot() { # TEXT
    [ "$(id -u)" = 0 ] || skip "$1: not root"
    command -v debootstrap >/dev/null || skip "$1: no debootstrap"
    unshare -fpmn true 2>/dev/null || skip "$1: no namespaces here"
}

# The newest package of FOLDER.
newest_deb() { # FOLDER
    local deb
    deb=$(ls "$1"/monit-rs_*.deb 2>/dev/null | sort -V | tail -n 1) || true
    [ -n "$deb" ] || { echo "no monit-rs_*.deb in $1" >&2; return 1; }
    echo "$deb"
}

# Runs a command in the root, with processes of its own and the network of this machine.
inside() { # ROOT COMMAND...
    local root=$1
    shift
    unshare -fpm --kill-child --mount-proc="$root/proc" chroot "$root" "$@"
}

install_inside() { # ROOT PACKAGE...
    local root=$1
    shift
    inside "$root" apt-get -qq -y -o Dpkg::Use-Pty=0 -o APT::Sandbox::User=root --no-install-recommends install "$@"
}

# The way to packages is the one of this machine; CODE 0 lets a package start its server, 101 does not.
as_here() { # ROOT CODE
    cp /etc/resolv.conf "$1/etc/resolv.conf" 2>/dev/null || true
    [ ! -d /etc/apt/apt.conf.d ] || cp -an /etc/apt/apt.conf.d/. "$1/etc/apt/apt.conf.d/"
    printf '#!/bin/sh\nexit %s\n' "$2" >"$1/usr/sbin/policy-rc.d"
    chmod +x "$1/usr/sbin/policy-rc.d"
    # Nothing of it outlives a crash of this machine, so nothing waits for the disk.
    echo force-unsafe-io >"$1/etc/dpkg/dpkg.cfg.d/unsafe-io"
}

# A minimal RELEASE with sysvinit and cron in ROOT. MONIT_PACKAGES_CACHE names a folder that keeps it for the next time. What was said
# is in LOG where there is none to be had.
make_base() { # RELEASE ROOT LOG
    local kept=${MONIT_PACKAGES_CACHE:+$MONIT_PACKAGES_CACHE/$1}
    if [ -n "$kept" ] && [ -d "$kept" ]; then
        cp -a "$kept" "$2"
        return
    fi
    debootstrap --variant=minbase "$1" "$2" >"$3" 2>&1 || return
    as_here "$2" 101
    # By apt: debootstrap takes the first of several packages that would do, and that is systemd.
    install_inside "$2" systemd-standalone-sysusers systemd-standalone-tmpfiles sysvinit-core sysv-rc cron procps >"$3" 2>&1 || return
    keep_root "$2" "$1"
}

keep_root() { # ROOT NAME
    [ -z "${MONIT_PACKAGES_CACHE:-}" ] || { mkdir -p "$MONIT_PACKAGES_CACHE" && cp -a "$1" "$MONIT_PACKAGES_CACHE/$2"; }
}
