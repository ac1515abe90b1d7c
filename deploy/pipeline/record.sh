#!/usr/bin/env bash
# Step `record`: which revisions serve before this build. rollback.sh goes back to them.
set -euo pipefail
# shellcheck source=settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
# shellcheck source=traffic.sh
source "$HERE/traffic.sh"

main() {
    answer_help "Usage: deploy/pipeline/record.sh

Writes the traffic of every service to build/pipeline/before.json. With CANARY_PERCENT, the voice service's is held there." "$@"
    refuse_arguments "$@"
    read_settings
    step "What serves now"
    look >"$WORK/now.json"
    traffic record >"$WORK/before.json"
    # Also for a person, if this machine is gone before it could go back by itself.
    traffic show
    [[ $CANARY_PERCENT == 0 ]] || change hold
}

main "$@"
