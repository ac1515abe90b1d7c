#!/usr/bin/env bash
# Step `scan`: known vulnerabilities of the image. What is HIGH or CRITICAL and has a fix ends the build.
set -euo pipefail
# shellcheck source=settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

main() {
    answer_help "Usage: deploy/pipeline/scan.sh

Scans build/pipeline/image.tar with trivy. What may stay is in deploy/pipeline/trivyignore.yaml, each with its reason." "$@"
    refuse_arguments "$@"
    read_settings
    step "Vulnerabilities of the image"
    [[ -s $WORK/image.tar ]] || die "build/pipeline/image.tar is not there" "Run deploy/pipeline/build.sh first."
    trivy image --input "$WORK/image.tar" --scanners vuln --severity HIGH,CRITICAL --ignore-unfixed \
        --ignorefile "$HERE/trivyignore.yaml" --show-suppressed --no-progress --exit-code 1
}

main "$@"
