#!/bin/sh
# Rewrites the two lock files from pyproject.toml.  The runtime's versions are taken from the development lock, so
# that what is installed for `make run` is what the tests ran on.  No registry's address goes into either file.
set -eu
cd "$(dirname "$0")/.."
uv=${UV:-.venv/bin/uv}
compile() {
    "$uv" --quiet pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" "$@" >/dev/null
}
compile --group build --group dev "$@" -o .ci/requirements-dev.txt
compile --group build -c .ci/requirements-dev.txt -o .ci/requirements.txt
# A local constraint's path is noise to whoever reads the lock, and differs between callers.
sed -i '/^ *# via -c /d; /^ *#   -c /d' .ci/requirements.txt
