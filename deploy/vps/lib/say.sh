# shellcheck shell=bash
# What the person at the terminal reads, and the log keeps.

step() { printf '\n==> %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }
warn() { printf '  ! %s\n' "$*" >&2; }

# The first line says what is wrong, the others what to do.
die() {
    printf '\nERROR: %s\n' "$1" >&2
    shift
    [[ $# -eq 0 ]] || printf '       %s\n' "$@" >&2
    exit 1
}

# Runs a command that changes something; in a dry run says it instead. The lock (9) is not for daemons to keep.
run() {
    if [[ $DRY_RUN == yes ]]; then
        note "would run: $*"
    else
        "$@" 9>&-
    fi
}

# Writes what comes in to a file, if it differs; in a dry run says so. Arguments: file, mode.
put_file() {
    local file=$1 mode=$2 content
    content=$(cat; printf x)
    content=${content%x}
    if [[ -f $file ]] && printf '%s' "$content" | cmp -s - "$file"; then
        return 0
    fi
    if [[ $DRY_RUN == yes ]]; then
        note "would write: $file"
        return 0
    fi
    (umask 077 && printf '%s' "$content" >"$file.new")
    chmod "$mode" "$file.new"
    mv -f "$file.new" "$file"
    note "wrote $file"
}

begin_log() {
    [[ $DRY_RUN == no && -z ${DEPLOY_LOG:-} ]] || return 0
    install -d -m 750 "$LOG_DIR"
    DEPLOY_LOG=$LOG_DIR/deploy-$(date -u +%Y%m%dT%H%M%SZ).log
    export DEPLOY_LOG
    (umask 077 && : >"$DEPLOY_LOG")
    exec > >(tee -a "$DEPLOY_LOG") 2>&1
    note "$(date -u '+%F %T') UTC, log: $DEPLOY_LOG"
}

summary() {
    step "Done"
    if [[ $DRY_RUN == yes ]]; then
        note "This was a dry run: nothing was changed."
        return 0
    fi
    note "$MODE finished: commit $COMMIT ($BRANCH), database revision $(current_revision)"
    note "website widget   <script src=\"$PUBLIC_URL/widget.js\" data-business-id=\"ID\" defer></script>"
    note "admin API        $PUBLIC_URL/v1/businesses   (documentation: $PUBLIC_URL/admin/docs)"
    note "its first key    ADMIN_API_KEY in $ENV_FILE"
    note "phone webhooks   $PUBLIC_URL/voice/incoming"
    note "services         systemctl status 'chatbot-*'; journalctl -u chatbot-chat"
}
