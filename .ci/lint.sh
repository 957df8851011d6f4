#!/bin/sh
# Every check that reads the code without running it.  All of them run; the exit status tells whether all passed.
set -u
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH"
code="agreements gateway mailroom nodes proto/tongban tests"
failed=''

check() {
    name=$1
    shift
    if output=$("$@" 2>&1); then
        printf '  ok    %s\n' "$name"
    else
        printf '  FAIL  %s\n%s\n' "$name" "$output"
        failed="$failed $name"
    fi
}

# A lock or a document that names one network's registry, or a path of one machine, fails everywhere else.
# (The brackets keep the pattern from finding itself.)
addresses() {
    ! git grep -nIE '[p]ypi\.org|[p]ythonhosted|[n]pmjs\.org|^--([a-z]+-)*index-url|^--find-links|[f]ile:///|(^|[^A-Za-z0-9_.])/([w]ork|[r]oot|[h]ome/[a-z])' -- .
}

# shellcheck disable=SC2086  # the word list is meant to split
{
    check "ruff" ruff check --quiet --output-format concise $code .ci
    check "format" ruff format --check $code .ci
    check "types" mypy $code .ci/proto.py .ci/lifecycles.py
    check "floors" lint-imports --no-logo
    check "contract" python .ci/proto.py check
    check "lifecycles" python .ci/lifecycles.py check
    check "addresses" addresses
}
[ -z "$failed" ] || { printf 'lint:%s\n' "$failed"; exit 1; }
