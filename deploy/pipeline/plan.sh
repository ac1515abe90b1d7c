#!/usr/bin/env bash
# Step `plan`: what this build would change. A plan that would destroy data ends the build before anything is touched.
set -euo pipefail
# shellcheck source=settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
# shellcheck source=terraform.sh
source "$HERE/terraform.sh"

main() {
    answer_help "Usage: deploy/pipeline/plan.sh

Plans everything with the image of push.sh, shows the plan, and refuses one that destroys data (ALLOW_DESTROY=true lets it pass)." "$@"
    refuse_arguments "$@"
    read_settings
    local image
    image=$(left_by image push.sh)
    step "Plan of everything"
    make_plan everything -var=image="$image"
    # The jobs are applied first, which makes this plan stale: apply.sh plans again.
    note "apply.sh plans once more after the migration, and applies that plan"
}

main "$@"
