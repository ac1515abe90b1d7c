#!/usr/bin/env bash
# Back to the revisions that served before: traffic only. Data, schema, jobs and infrastructure stay as they are.
set -euo pipefail
# shellcheck source=settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
# shellcheck source=traffic.sh
source "$HERE/traffic.sh"

main() {
    answer_help "Usage: deploy/pipeline/rollback.sh

Sends the traffic back to the revisions in build/pipeline/before.json, which record.sh wrote, and says how to go forward." "$@"
    refuse_arguments "$@"
    read_settings
    left_by before.json record.sh >/dev/null
    step "Back to what served before"
    change back || die "not everything is back" "Look at the lines above, and run deploy/pipeline/rollback.sh again."
    forward_again
}

forward_again() {
    local service
    step "Forward again, once it is mended: the next build does it, or by hand"
    while read -r service; do
        [[ -z $service ]] || note "gcloud run services update-traffic $service ${CLOUD[*]} --to-latest"
    done < <(traffic names)
    note "Until then, a terraform apply of anybody sends the functions forward (not the voice service)."
}

main "$@"
