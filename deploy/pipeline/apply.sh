#!/usr/bin/env bash
# Step `apply`: everything else, the code with it.
set -euo pipefail
# shellcheck source=settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
# shellcheck source=terraform.sh
source "$HERE/terraform.sh"

main() {
    answer_help "Usage: deploy/pipeline/apply.sh

Plans everything with the image of push.sh and applies that plan. Plan and apply are on one machine: the functions' archive
lies beside the plan." "$@"
    refuse_arguments "$@"
    read_settings
    local image
    image=$(left_by image push.sh)
    step "Everything"
    make_plan everything -var=image="$image"
    apply_plan everything
}

main "$@"
