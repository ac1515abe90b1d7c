#!/usr/bin/env bash
# Step `prepare`: Terraform's state and providers, and, the first time, the registry that the image goes to.
set -euo pipefail
# shellcheck source=settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
# shellcheck source=terraform.sh
source "$HERE/terraform.sh"

main() {
    answer_help "Usage: deploy/pipeline/prepare.sh

Initialises terraform/ with the state's bucket, fetches TFVARS when it is gs://..., and makes the registry if there is none." "$@"
    refuse_arguments "$@"
    read_settings
    step "Terraform, state gs://$STATE_BUCKET/$STATE_PREFIX"
    [[ $TFVARS != gs://* ]] || gcloud storage cp "$TFVARS" "$WORK/pipeline.tfvars" --project="$PROJECT_ID"
    local options=(-input=false -reconfigure -backend-config=bucket="$STATE_BUCKET" -backend-config=prefix="$STATE_PREFIX")
    [[ ! -f $REPO/terraform/.terraform.lock.hcl ]] || options+=(-lockfile=readonly)
    tf init "${options[@]}"
    make_registry
}

# It comes before everything else of a deployment: the rest is made with the image.
make_registry() {
    if gcloud artifacts repositories describe "$PREFIX" --project="$PROJECT_ID" --location="$REGION" >/dev/null 2>&1; then
        note "the registry $PREFIX is there"
        return 0
    fi
    step "The registry, and the APIs that it needs"
    make_plan registry -target=module.registry
    apply_plan registry
}

main "$@"
