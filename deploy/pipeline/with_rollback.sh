#!/usr/bin/env bash
# Runs a step that comes after record.sh; when it fails, traffic goes back, and the build fails all the same.
set -euo pipefail
# shellcheck source=settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

main() {
    answer_help "Usage: deploy/pipeline/with_rollback.sh apply|forward|smoke

Runs deploy/pipeline/STEP.sh; when that fails, deploy/pipeline/rollback.sh, and ends with 1." "$@"
    [[ $# -eq 1 && $1 =~ ^(apply|forward|smoke)$ ]] || die "one of apply, forward, smoke"
    if "$HERE/$1.sh"; then
        return 0
    fi
    warn "step $1 failed"
    "$HERE/rollback.sh" || die "step $1 failed, and so did the roll-back" "Visitors may be on the new code: see above."
    die "step $1 failed; the traffic is where it was before this build" "The schema is the new one, which the old code can use."
}

main "$@"
