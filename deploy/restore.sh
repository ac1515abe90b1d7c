#!/usr/bin/env bash
# Brings a backup back: database, bucket or both: see --help. The database that was there is kept under another name.
set -euo pipefail
umask 077

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck disable=SC2034 # places.sh reads it
REPO=$(cd "$HERE/.." && pwd -P)
DRY_RUN=no
# shellcheck source=vps/lib/places.sh
source "$HERE/vps/lib/places.sh"
# shellcheck source=vps/lib/say.sh
source "$HERE/vps/lib/say.sh"
# shellcheck source=vps/lib/env.sh
source "$HERE/vps/lib/env.sh"
# shellcheck source=vps/lib/database.sh
source "$HERE/vps/lib/database.sh"
# shellcheck source=vps/lib/services.sh
source "$HERE/vps/lib/services.sh"
# shellcheck source=vps/lib/health.sh
source "$HERE/vps/lib/health.sh"

usage() {
    cat <<'TEXT'
Usage: sudo deploy/restore.sh FOLDER [--database-only | --bucket-only] --yes
       sudo deploy/restore.sh --database-dump FILE --yes

FOLDER is one that backup.sh made. On a new host run deploy.sh first: it makes the logins that the database names.

The dump is read into a database of its own while the old one serves; then the services stop, the two change names, the
bucket is made equal to its copy, migrations bring an older dump to this release, and the services start.

  --yes             without it, what would happen is said and nothing is done
  --keep-stopped    do not migrate and do not start the services (deploy.sh's own rollback)
TEXT
}

FROM='' DUMP='' WHAT=both YES=no KEEP_STOPPED=no

main() {
    while [[ $# -gt 0 ]]; do
        case $1 in
            --database-only) WHAT=database ;;
            --bucket-only) WHAT=bucket ;;
            --database-dump) DUMP=${2:?--database-dump needs a file}; WHAT=database; shift ;;
            --yes) YES=yes ;;
            --keep-stopped) KEEP_STOPPED=yes ;;
            -h | --help) usage; exit 0 ;;
            -*) die "unknown option: $1" "restore.sh --help lists them." ;;
            *) FROM=$1 ;;
        esac
        shift
    done
    [[ $(id -u) -eq 0 ]] || die "root is needed" "sudo deploy/restore.sh ..."
    [[ -n $FROM || -n $DUMP ]] || die "which backup?" "restore.sh --help"
    RELEASE=$(readlink -f "$STATE_DIR/current") || die "nothing is deployed here" "Run deploy/vps/deploy.sh first."
    check_backup
    if [[ $YES != yes ]]; then
        note "would restore: $WHAT. Say --yes to do it."
        return 0
    fi
    restore
}

check_backup() {
    if [[ -n $FROM ]]; then
        (cd "$FROM" && sha256sum --quiet --check SHA256SUMS) || die "$FROM is damaged, or not a backup: its checksums do not hold"
        sed 's/^/    /' "$FROM/about.txt"
        DUMP=$FROM/database.dump
        compare_keys
    fi
    pg_restore --list "$DUMP" >/dev/null || die "$DUMP is not a dump that pg_restore can read"
}

# Credentials in the database are sealed under SECRETS_KEY.
compare_keys() {
    [[ $(sed -n 's/^SECRETS_KEY=//p' "$FROM/settings.env") != "$(sed -n 's/^SECRETS_KEY=//p' "$ENV_FILE")" ]] || return 0
    warn "SECRETS_KEY of the backup is not this host's: put it behind this host's in $ENV_FILE, after a comma,"
    warn "run deploy.sh, then python -m shared.jobs.rotate_secrets. Else CRM and phone credentials must be entered anew."
}

restore() {
    [[ $WHAT == bucket ]] || read_dump
    stop_services
    [[ $WHAT == bucket ]] || change_names
    if [[ $WHAT != database ]]; then
        as_app chat deploy/bucket.py load <"$FROM/bucket.tar"
    fi
    [[ $KEEP_STOPPED == no ]] || return 0
    as_app owner -m shared.jobs.migrate
    start_services
}

read_dump() {
    sql -d postgres -c "DROP DATABASE IF EXISTS ${DATABASE}_restoring"
    sql -d postgres -c "CREATE DATABASE ${DATABASE}_restoring OWNER $OWNER ENCODING 'UTF8' TEMPLATE template0"
    runuser -u postgres -- pg_restore --exit-on-error --dbname "${DATABASE}_restoring" <"$DUMP" \
        || die "the dump cannot be read into this server; the database that serves was not touched" \
            "A role is missing? On a new host run deploy/vps/deploy.sh first."
    [[ -n $(DATABASE=${DATABASE}_restoring current_revision) ]] || die "the dump holds no schema of the platform"
}

change_names() {
    local kept='' set_aside=''
    # It may be what was lost.
    if database_exists; then
        kept=${DATABASE}_before_$(date -u +%Y%m%dT%H%M%SZ | tr 'TZ' 'tz')
        set_aside="ALTER DATABASE $DATABASE RENAME TO $kept;"
    fi
    sql -d postgres <<SQL
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN ('$DATABASE', '${DATABASE}_restoring') \g /dev/null
$set_aside
ALTER DATABASE ${DATABASE}_restoring RENAME TO $DATABASE;
REVOKE CONNECT ON DATABASE $DATABASE FROM PUBLIC;
SQL
    local login
    for login in "${LOGINS[@]}"; do
        sql -d postgres -c "GRANT CONNECT ON DATABASE $DATABASE TO ${DATABASE}_$login"
    done
    [[ -z $kept ]] || note "the database of before is kept as $kept; DROP DATABASE $kept when it is not needed any more"
}

# Object storage itself goes on.
stop_services() { systemctl stop "${SERVICES[@]}"; }

start_services() {
    local name
    systemctl start "${SERVICES[@]}"
    load_env "$DEPLOY_ENV" keep
    set_ports
    for name in chat admin voice worker voice_service; do
        healthy_service "$name" || fail_health "chatbot-${name/_/-}" "$UNHEALTHY"
    done
    note "restored"
}

main "$@"
