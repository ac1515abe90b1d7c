#!/usr/bin/env bash
# Backs up one host: the database (pg_dump's custom format), every object of the bucket, and .env: see --help.
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

usage() {
    cat <<'TEXT'
Usage: sudo deploy/backup.sh [--to FOLDER]

Makes FOLDER/<UTC time>/ (default FOLDER: /var/backups/chatbot) with

  database.dump   the database; pg_restore --list shows what is in it
  bucket.tar      every object of the bucket: knowledge indexes, uploads, voice prompts
  settings.env    .env: without its SECRETS_KEY the credentials in the database cannot be opened
  about.txt       when, which commit, which revision
  SHA256SUMS      checked before a restore

Readable by root alone. The database comes first: what it names is in the bucket's copy, which is younger.

  BACKUP_KEEP_DAYS   older backups in FOLDER are removed after a good one (default 14)
  BACKUP_THEN        a program that is given the finished folder, to copy it off this host

A backup on the same disk is none: set BACKUP_THEN (in /etc/chatbot/backup.env for the nightly timer).
TEXT
}

main() {
    local to=$BACKUP_DIR
    while [[ $# -gt 0 ]]; do
        case $1 in
            --to) to=${2:?--to needs a folder}; shift ;;
            -h | --help) usage; exit 0 ;;
            *) die "unknown option: $1" "backup.sh --help lists them." ;;
        esac
        shift
    done
    [[ $(id -u) -eq 0 ]] || die "root is needed" "sudo deploy/backup.sh"
    [[ ${BACKUP_KEEP_DAYS:=14} =~ ^[0-9]+$ ]] || die "BACKUP_KEEP_DAYS is a number of days, not '$BACKUP_KEEP_DAYS'"
    RELEASE=$(readlink -f "$STATE_DIR/current") || die "nothing is deployed here"
    make_backup "$to"
    prune "$to"
    [[ -z ${BACKUP_THEN:-} ]] || "$BACKUP_THEN" "$FINISHED" || die "the backup is in $FINISHED, but $BACKUP_THEN failed"
}

make_backup() {
    local to=$1 name
    name=$(date -u +%Y%m%dT%H%M%SZ)
    PARTIAL=$to/.$name.partial FINISHED=$to/$name
    install -d -m 700 "$to"
    mkdir "$PARTIAL"
    trap 'rm -rf "$PARTIAL"' EXIT
    runuser -u postgres -- pg_dump -Fc "$DATABASE" >"$PARTIAL/database.dump"
    pg_restore --list "$PARTIAL/database.dump" >/dev/null
    as_app chat deploy/bucket.py save >"$PARTIAL/bucket.tar"
    cp "$ENV_FILE" "$PARTIAL/settings.env"
    printf 'made %s UTC\ncommit %s\nrevision %s\nobjects %s\n' "$(date -u '+%F %T')" "$(basename "$RELEASE")" \
        "$(current_revision)" "$(tar -tf "$PARTIAL/bucket.tar" | wc -l)" >"$PARTIAL/about.txt"
    (cd "$PARTIAL" && sha256sum database.dump bucket.tar settings.env about.txt >SHA256SUMS)
    mv -T "$PARTIAL" "$FINISHED"
    trap - EXIT
    note "backup in $FINISHED:"
    sed 's/^/      /' "$FINISHED/about.txt"
}

prune() {
    find "$1" -mindepth 1 -maxdepth 1 -type d -name '[0-9]*T[0-9]*Z' -mtime "+$BACKUP_KEEP_DAYS" -exec rm -rf {} +
}

main "$@"
