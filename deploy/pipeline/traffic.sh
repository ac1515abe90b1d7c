# shellcheck shell=bash
# Traffic of the services on Cloud Run; traffic.py says what is to be changed. Sourced, never run.
#
# Functions of the second generation are Cloud Run services, but their API has a word of its own,
# all_traffic_on_latest_revision, which Terraform leaves at its default, true. So
# - every update of a function by Terraform sends all traffic to its new revision, whatever was split before;
# - after a roll-back or during a canary it reads as false, so the next `terraform apply` of anybody, even of the same code,
#   updates the function: all its traffic goes to the newest revision again.
# The voice service's traffic is in Terraform's ignore_changes: it stays as it was set, also over later deployments. That is
# why every build ends with forward.sh.

look() {
    gcloud run services list "${CLOUD[@]}" --format=json
}

# Arguments: subcommand of traffic.py. It reads now.json and before.json.
traffic() {
    python3 "$HERE/traffic.py" "$@" --prefix "$PREFIX" --table "$REPO/terraform/services.json" --folder "$WORK"
}

# Looks, asks traffic.py what to change, and changes it. All of it is tried; false when something failed.
change() {
    local failed=0 service options changes
    look >"$WORK/now.json" || return 1
    changes=$(traffic "$@") || return 1
    while read -r service options; do
        [[ -n $service ]] || continue
        note "$service $options"
        # shellcheck disable=SC2086 # options are words
        gcloud run services update-traffic "$service" "${CLOUD[@]}" $options --quiet </dev/null || failed=1
    done <<<"$changes"
    [[ -n $changes ]] || note "nothing to change"
    return "$failed"
}
