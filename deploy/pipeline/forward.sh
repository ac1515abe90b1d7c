#!/usr/bin/env bash
# Step `forward`: traffic to the new revisions, all of it or the canary's part.
set -euo pipefail
# shellcheck source=settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
# shellcheck source=traffic.sh
source "$HERE/traffic.sh"

main() {
    answer_help "Usage: [CANARY_PERCENT=10] deploy/pipeline/forward.sh

Sends all traffic to the latest revisions, or CANARY_PERCENT of it; by hand, without CANARY_PERCENT, it ends a canary well.
A canary's revisions answer at addresses of their own, too (tag canary). Functions have had all traffic since they were
applied: for them the canary begins with this step." "$@"
    refuse_arguments "$@"
    read_settings
    if [[ $CANARY_PERCENT == 0 ]]; then
        step "All traffic to the latest revisions"
        change latest
    else
        step "$CANARY_PERCENT % of the traffic to the new revisions"
        left_by before.json record.sh >/dev/null
        change canary --percent "$CANARY_PERCENT"
    fi
}

main "$@"
