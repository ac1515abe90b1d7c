# shellcheck shell=bash
# Back to the commit and the database of before, when something fails after the first change that visitors could notice.

guard_with_rollback() {
    [[ $DRY_RUN == no ]] || return 0
    keep_configuration
    trap 'roll_back $?' EXIT
    trap 'exit 130' INT TERM HUP
}

release_guard() {
    [[ $DRY_RUN == no ]] || return 0
    trap - EXIT INT TERM HUP
    rm -rf "$STATE_DIR/previous"
}

# The units and the site as they are: the new release writes its own.
keep_configuration() {
    rm -rf "$STATE_DIR/previous"
    mkdir -m 700 "$STATE_DIR/previous"
    find "$UNIT_DIR" -maxdepth 1 -name 'chatbot-*' -type f -exec cp -p {} "$STATE_DIR/previous/" \;
    [[ ! -f $NGINX_SITE ]] || cp -p "$NGINX_SITE" "$STATE_DIR/previous/site"
}

roll_back() {
    local code=$1
    trap - EXIT INT TERM HUP
    [[ $code -ne 0 ]] || return 0
    if [[ $MODE == fresh || -z $PREVIOUS || ! -d $PREVIOUS ]]; then
        warn "the first deployment is not complete; there is nothing to go back to. Put right what is said above and run it again."
        exit 1
    fi
    if [[ $PREVIOUS == "$RELEASE" ]]; then
        warn "this commit was serving before too: put right what is said above (settings? certificate?) and run it again."
        exit 1
    fi
    step "Rolling back to $(basename "$PREVIOUS")"
    set +e
    if restore_state; then
        repo_git reset --quiet --keep "$(basename "$PREVIOUS")" \
            || warn "the checkout stays at $COMMIT: local changes are in the way"
        step "Rolled back"
        note "commit $(basename "$PREVIOUS") serves again, database revision $(current_revision); $COMMIT was not deployed"
        exit 1
    fi
    step "NOT rolled back"
    warn "by hand: systemctl status 'chatbot-*'; the database of before: $SAFETY_DUMP (deploy/restore.sh --database-dump)"
    exit 2
}

restore_state() {
    local failed=$RELEASE
    systemctl stop "${SERVICES[@]}" 9>&-
    restore_database || return 1
    restore_configuration
    RELEASE=$PREVIOUS
    ln -sfn "$PREVIOUS" "$STATE_DIR/current.new" && mv -T "$STATE_DIR/current.new" "$STATE_DIR/current"
    systemctl restart "${SERVICES[@]}" 9>&-
    nginx -t -q && systemctl reload-or-restart nginx 9>&-
    # In a process of its own: what is unhealthy there ends it.
    (check_health) || { RELEASE=$failed; return 1; }
    rm -rf "$STATE_DIR/previous"
}

# First by the migrations' own way down, which keeps what was written meanwhile; else from the dump.
restore_database() {
    local revision lost
    revision=$(current_revision)
    if [[ $revision == "$REVISION_BEFORE" ]]; then
        note "the database is at revision $revision, as before"
        return 0
    fi
    if as_app owner deploy/downgrade.py "$REVISION_BEFORE"; then
        note "the database went down from revision $revision to $(current_revision); no row was lost that fits the old schema"
        return 0
    fi
    lost=$BACKUP_DIR/rolled-back-$(date -u +%Y%m%dT%H%M%SZ).dump
    warn "revision $revision cannot be taken back: restoring the dump of before; what was written since is in $lost"
    (umask 077 && runuser -u postgres -- pg_dump -Fc "$DATABASE" 9>&- >"$lost")
    "$RELEASE/deploy/restore.sh" --database-dump "$SAFETY_DUMP" --yes --keep-stopped 9>&-
}

restore_configuration() {
    local file
    for file in "$UNIT_DIR"/chatbot-*; do
        [[ -f $STATE_DIR/previous/$(basename "$file") ]] || rm -f "$file"
    done
    for file in "$STATE_DIR"/previous/chatbot-*; do
        [[ ! -f $file ]] || cp -p "$file" "$UNIT_DIR/"
    done
    [[ ! -f $STATE_DIR/previous/site ]] || cp -p "$STATE_DIR/previous/site" "$NGINX_SITE"
    systemctl daemon-reload 9>&-
}
