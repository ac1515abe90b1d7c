#!/usr/bin/env bash
# Step `smoke`: the deployed services answer, from the health of each to a real answer of the assistant's.
set -euo pipefail
# shellcheck source=settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
# shellcheck source=terraform.sh
source "$HERE/terraform.sh"
# shellcheck source=traffic.sh
source "$HERE/traffic.sh"

FAILED=0
# A cold start, and a new instance's way into the private network, take up to a minute.
: "${SMOKE_RETRIES:=8}" "${SMOKE_DELAY:=10}"

main() {
    answer_help "Usage: [SMOKE_BUSINESS=ID] deploy/pipeline/smoke.sh

Asks the health of chat, admin, voice and media, the configuration of a business that does not exist, and, with
SMOKE_BUSINESS, one question of that business's assistant. The worker is private: the scheduler's alert watches it.
SMOKE_RETRIES (8) and SMOKE_DELAY (10 s): how often what is not ready is asked again. During a canary the new revisions are
asked at their own addresses (with domains these are closed, and the question may reach an old revision)." "$@"
    refuse_arguments "$@"
    read_settings
    step "Smoke test"
    read_addresses
    local name
    for name in chat admin voice media; do
        expect "$name is healthy" 200 application/json "${ADDRESS[$name]}/health"
    done
    expect "nobody's configuration" 404 application/problem+json "${ADDRESS[chat]}/config?business_id=smoke-nobody"
    [[ -z $SMOKE_BUSINESS ]] || ask_assistant
    [[ $FAILED == 0 ]] || die "the smoke test failed"
}

declare -A ADDRESS

read_addresses() {
    local name address
    tf output -json urls >"$WORK/urls.json"
    look >"$WORK/now.json"
    while read -r name address; do
        ADDRESS[$name]=$address
    done < <(traffic addresses --percent "$CANARY_PERCENT")
}

# Arguments: what is expected in words, the status, the content type, the address, more of curl's options.
expect() {
    local what=$1 status=$2 type=$3 url=$4 got
    shift 4
    got=$(curl --silent --show-error --max-time 60 --retry "$SMOKE_RETRIES" --retry-delay "$SMOKE_DELAY" --retry-connrefused \
        --output "$WORK/answer" --write-out '%{http_code} %{content_type}' "$@" "$url") || got="no answer"
    if [[ $got == "$status $type"* ]]; then
        note "$what: $got"
    else
        warn "$what: expected $status $type, got $got from $url"
        [[ $got == "no answer" ]] || head -c 500 "$WORK/answer" >&2
        FAILED=1
    fi
}

# The same message_id whenever it is asked again, so that a repeat is no second message.
ask_assistant() {
    local id="smoke-${REVISION:0:12}-$RANDOM$RANDOM"
    expect "an answer for $SMOKE_BUSINESS" 200 application/json "${ADDRESS[chat]}/chat" --header 'Content-Type: application/json' \
        --data "{\"business_id\": \"$SMOKE_BUSINESS\", \"session_id\": \"$id\", \"message_id\": \"$id\",
                 \"message\": \"Hello, what can you help me with?\", \"metadata\": {\"smoke\": true}}"
    [[ $FAILED == 0 ]] || return 0
    python3 -c 'import json, sys; answer = json.load(sys.stdin); sys.exit(not answer["reply"]["text"].strip() or "model" in answer["degraded"])' \
        <"$WORK/answer" || { warn "the assistant said nothing of its own: $(head -c 500 "$WORK/answer")"; FAILED=1; }
}

main "$@"
