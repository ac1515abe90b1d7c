#!/usr/bin/env bash
# Step `migrate`: the new schema, while the old code still runs on it, then the logins. A failure ends the build before the code.
set -euo pipefail
# shellcheck source=settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

main() {
    answer_help "Usage: deploy/pipeline/migrate.sh

Runs the jobs migrate and logins, and waits for each. Both are safe to repeat." "$@"
    refuse_arguments "$@"
    read_settings
    local job
    for job in migrate logins; do
        step "Job $PREFIX-$job"
        gcloud run jobs execute "$PREFIX-$job" "${CLOUD[@]}" --wait ||
            die "the job $PREFIX-$job failed" "The jobs have the new image, the services still the old code."
    done
}

main "$@"
