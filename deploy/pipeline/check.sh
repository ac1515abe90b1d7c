#!/usr/bin/env bash
# Steps `packages`, `lint` and `test`: a target of the Makefile, with the pipeline's terraform on the path.
set -euo pipefail
# shellcheck source=settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

answer_help "Usage: deploy/pipeline/check.sh setup|lint|test

Runs a target of the Makefile. The tests of terraform/ run where terraform is: in build/pipeline/bin, or on the path." "$@"
[[ $# -eq 1 && $1 =~ ^(setup|lint|test)$ ]] || die "one of setup, lint, test" "deploy/pipeline/check.sh --help"
PATH=$WORK/bin:$PATH exec make -C "$REPO" "$1"
