#!/bin/sh
# Makes .venv, or brings it up to date:  .ci/venv.sh runtime | dev
#
# The Makefile calls this when a stamp is missing or older than a lock file.  What must stay true: a stamp exists
# only when everything that it stands for is installed; an installation that was cut short is thrown away and made
# anew; two callers at once take turns; nothing is installed that the lock does not name with its hash.
set -eu
cd "$(dirname "$0")/.."
kind=${1:-runtime}
say() { printf '%s\n' "$*" >&2; }

# One at a time (flock is part of every Debian; without it, the caller takes care).
exec 9<"$0"
if command -v flock >/dev/null 2>&1; then flock 9; fi

case $kind in
    runtime) lock=.ci/requirements.txt stamp=.venv/.installed ;;
    dev) lock=.ci/requirements-dev.txt stamp=.venv/.installed-dev ;;
    *) say "usage: $0 runtime|dev"; exit 2 ;;
esac

works() { .venv/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
here() { [ -f "$1" ] && [ "$(cat "$1")" = "$PWD" ]; }

# Another caller may have done it while this one waited.
if here $stamp && works && [ $stamp -nt $lock ] && [ $stamp -nt pyproject.toml ]; then exit 0; fi

# The newest Python that can make an environment; else the newest that lacks only what Debian packs apart.
version() { "$1" -c 'import sys; v = sys.version_info; v >= (3, 11) and print(v[0] * 1000 + v[1])' 2>/dev/null; }
complete() { "$1" -c 'import ensurepip, sqlite3, ssl, venv' >/dev/null 2>&1; }
pick() {
    best='' best_version=0
    for candidate in python3 python3.13 python3.12 python3.11; do
        found=$(version $candidate) || continue
        [ -n "$found" ] || continue
        [ "$1" = any ] || complete $candidate || continue
        if [ "$found" -gt $best_version ]; then best=$candidate best_version=$found; fi
    done
}

install_venv_package() {
    package=python3-venv
    [ "$best" = python3 ] || package=$best-venv
    if command -v apt-get >/dev/null 2>&1; then
        as_root=none
        if [ "$(id -u)" = 0 ]; then as_root=''
        elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then as_root=sudo
        fi
        if [ "$as_root" != none ]; then
            say "正在安装 $package… · Installing $package…"
            if $as_root apt-get update -qq >/dev/null 2>&1 &&
                $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $package >/dev/null 2>&1; then
                return 0
            fi
        fi
    fi
    say "此 Python($best)缺少 venv。请以管理员身份执行下面的命令,再重试:"
    say "This Python ($best) cannot make a virtual environment. Run this as an administrator, then try again:"
    say "    apt-get update && apt-get install -y $package"
    exit 1
}

if [ -e .venv ] && { [ -e .venv/.installing ] || ! works || { [ -e .venv/.installed ] && ! here .venv/.installed; }; }
then
    say "环境不完整,重新建立… · The environment is incomplete; making it anew…"
    rm -rf .venv
fi
if [ ! -e .venv ]; then
    pick complete
    if [ -z "$best" ]; then
        pick any
        if [ -z "$best" ]; then
            say "需要 Python 3.11 或更新版本,没有找到。Debian 上请执行:apt-get install -y python3 python3-venv"
            say "Python 3.11 or newer is needed and was not found. On Debian: apt-get install -y python3 python3-venv"
            exit 1
        fi
        install_venv_package
    fi
    "$best" -m venv .venv || { rm -rf .venv; say "无法建立 .venv · .venv could not be made"; exit 1; }
fi

say "正在安装依赖(首次约一分钟)… · Installing dependencies (about a minute the first time)…"
: >.venv/.installing
rm -f .venv/.installed .venv/.installed-dev
pip() { PIP_DISABLE_PIP_VERSION_CHECK=1 .venv/bin/python -m pip -qq --no-input "$@"; }
if ! pip install --require-hashes -r $lock || ! pip install --no-deps --no-build-isolation --editable .; then
    say "依赖安装失败(原因见上)。请检查网络或 pip 的镜像设置,再重试。"
    say "The dependencies could not be installed (see above). Check the network or pip's mirror settings, and try again."
    exit 1
fi
# The development lock holds the runtime's whole, in the same versions.
printf '%s\n' "$PWD" >.venv/.installed
[ $kind = runtime ] || printf '%s\n' "$PWD" >.venv/.installed-dev
rm -f .venv/.installing
