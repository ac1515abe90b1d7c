#!/usr/bin/env bash
# Step `jobs`: the new image for the jobs alone (and what they need), so that the new migrations can run before the new code.
set -euo pipefail
# shellcheck source=settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
# shellcheck source=terraform.sh
source "$HERE/terraform.sh"

main() {
    answer_help "Usage: deploy/pipeline/jobs.sh

Plans and applies module.jobs with the image of push.sh. The first time that makes network, database and secrets as well." "$@"
    refuse_arguments "$@"
    read_settings
    local image
    image=$(left_by image push.sh)
    step "The new image for the jobs"
    make_plan jobs -target=module.jobs -var=image="$image"
    apply_plan jobs
}

main "$@"
