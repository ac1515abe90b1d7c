# shellcheck shell=bash
# Does every part work: each process on its own port, then the site as visitors reach it.

UNHEALTHY=''

check_health() {
    step "Health"
    if [[ $DRY_RUN == yes ]]; then
        note "would ask every service and the site for /health, and go back if one does not answer"
        return 0
    fi
    local name
    for name in chat admin voice worker voice_service; do
        healthy_service "$name" || fail_health "chatbot-${name/_/-}" "$UNHEALTHY"
    done
    steady chatbot-deliver || fail_health chatbot-deliver "it does not stay up"
    healthy_site || fail_health nginx "$UNHEALTHY"
    fingerprint >"$STATE_DIR/running"
}

# Waits until a service answers with all that it cannot do without; says which other parts are missing.
healthy_service() {
    local name=$1 url=http://127.0.0.1:${PORT_OF[$1]}/health ends=$((SECONDS + HEALTH_SECONDS)) unit answer down first
    unit=chatbot-${name/_/-}
    first=$(restarts "$unit")
    while true; do
        if answer=$(curl -sS --noproxy '*' -m 10 -f "$url" 2>&1); then
            down=$("$RELEASE/venv/bin/python" -c 'import json, sys
print(*[name for name, one in json.load(sys.stdin)["dependencies"].items() if one["status"] == "down"])' <<<"$answer")
            [[ " $down " == *" postgres "* || " $down " == *" storage "* ]] || break
            answer="it cannot reach: $down"
        fi
        UNHEALTHY=$answer
        [[ $SECONDS -lt $ends ]] || return 1
        # systemd starts it again and again: a process that has died twice will not come up.
        [[ $(($(restarts "$unit") - first)) -lt 2 ]] || return 1
        sleep 0.5
    done
    note "$name answers"
    [[ -z $down ]] || warn "$name cannot reach: $down"
}

restarts() { systemctl show -p NRestarts --value "$1"; }

steady() {
    local before
    before=$(systemctl show -p MainPID --value "$1")
    sleep 2
    [[ $(systemctl is-active "$1") == active && $(systemctl show -p MainPID --value "$1") == "$before" ]] || return 1
    note "deliver stays up"
}

healthy_site() {
    local path code where=(--resolve "$HOST_NAME:$NGINX_HTTPS_PORT:127.0.0.1")
    for path in /health /widget.js /admin/health; do
        code=$(curl -sS --noproxy '*' -k -m 10 -o /dev/null -w '%{http_code}' "${where[@]}" "$PUBLIC_URL$path" 2>&1 || true)
        [[ $code == 200 ]] || { UNHEALTHY="$PUBLIC_URL$path answers $code through nginx"; return 1; }
    done
    note "$PUBLIC_URL answers through nginx"
    curl -sS --noproxy '*' -m 10 -o /dev/null "${where[@]}" "$PUBLIC_URL/health" 2>/dev/null \
        || warn "the certificate is not one that this host trusts: browsers and Twilio will not either"
}

fail_health() {
    warn "$1 is not healthy: $2"
    journalctl -u "$1" -n 20 --no-pager -o cat 2>/dev/null | sed 's/^/      | /' >&2 || true
    exit 1
}
