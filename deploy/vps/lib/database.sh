# shellcheck shell=bash
# The database on this host: is it there, who owns it, who signs in, its migrations.

LOGINS=(chat admin voice worker)

# As the superuser, over the local socket (PGHOST and PGPORT say where else). SQL with secrets comes by stdin.
sql() { PGOPTIONS='-c client_min_messages=warning' runuser -u postgres -- psql -X -q -At -v ON_ERROR_STOP=1 "$@" 9>&-; }

postgres_answers() { command -v psql >/dev/null && [[ $(sql -d postgres -c 'SELECT 1' 2>/dev/null) == 1 ]]; }

database_exists() { [[ $(sql -d postgres -c "SELECT 1 FROM pg_database WHERE datname = '$DATABASE'") == 1 ]]; }

# The migrations' revision; nothing when there is no schema yet.
current_revision() {
    [[ -z $(sql -d "$DATABASE" -c "SELECT to_regclass('public.alembic_version')") ]] \
        || sql -d "$DATABASE" -c 'SELECT version_num FROM alembic_version'
}

# Fresh or update: what the database says. A schema is an installation, whatever else is left of it.
detect() {
    step "Fresh or update"
    MODE=fresh REVISION_BEFORE=''
    if ! postgres_answers; then
        [[ $DRY_RUN == yes ]] || die "PostgreSQL does not answer" "systemctl status postgresql; journalctl -u postgresql"
        note "fresh: there is no PostgreSQL yet"
        return 0
    fi
    local version
    version=$(sql -d postgres -c 'SHOW server_version_num')
    [[ $version -ge ${MIN_POSTGRES}0000 ]] || die "PostgreSQL $((version / 10000)) is too old: $MIN_POSTGRES or newer is needed" \
        "/usr/share/postgresql-common/pgdg/apt.postgresql.org.sh && apt-get install postgresql, then pg_upgradecluster"
    if ! database_exists; then
        note "fresh: there is no database '$DATABASE'"
    elif REVISION_BEFORE=$(current_revision) && [[ -z $REVISION_BEFORE ]]; then
        note "fresh: the database '$DATABASE' is there but empty (a first deployment that was broken off?)"
    else
        MODE=update
        note "update: the database '$DATABASE' is at revision $REVISION_BEFORE"
    fi
}

# Where a login's URL is kept: root's file, handed to the service by systemd. Made once.
login_url() {
    local file=$CONFIG_DIR/$1.env login=${DATABASE}_$1 port
    if [[ -f $file ]]; then
        sed -n 's/^DATABASE_URL=//p' "$file"
        return 0
    fi
    port=$(sql -d postgres -c 'SHOW port' 2>/dev/null || echo 5432)
    printf 'postgresql://%s:%s@127.0.0.1:%s/%s\n' "$login" "$(random_secret)" "$port" "$DATABASE"
}

write_logins() {
    local login
    for login in owner "${LOGINS[@]}"; do
        printf 'DATABASE_URL=%s\n' "$(login_url "$login")" | put_file "$CONFIG_DIR/$login.env" 600
    done
}

prepare_database() {
    step "Database"
    if [[ $DRY_RUN == yes ]]; then
        note "would make the owner and the database, where missing"
        return 0
    fi
    make_role "$OWNER" owner CREATEROLE
    database_exists || sql -d postgres -c "CREATE DATABASE $DATABASE OWNER $OWNER ENCODING 'UTF8' TEMPLATE template0"
    sql -d postgres -c "REVOKE CONNECT ON DATABASE $DATABASE FROM PUBLIC"
    [[ $MODE == fresh ]] || safety_dump
}

# A role that signs in with the password of its file. Arguments: role, file, more attributes.
make_role() {
    local password
    password=$(login_url "$2" | sed 's#^postgresql://[^:]*:\([^@]*\)@.*#\1#')
    sql -d postgres <<SQL
DO \$\$ BEGIN CREATE ROLE $1 LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END \$\$;
ALTER ROLE $1 LOGIN ${3:-} PASSWORD '$password';
SQL
}

# What to go back to. As the superuser: row-level security holds the owner to it too.
safety_dump() {
    SAFETY_DUMP=$BACKUP_DIR/before-$COMMIT-$(date -u +%Y%m%dT%H%M%SZ).dump
    (umask 077 && runuser -u postgres -- pg_dump -Fc "$DATABASE" 9>&- >"$SAFETY_DUMP")
    note "dumped before anything changes: $SAFETY_DUMP"
}

migrate_database() {
    if [[ $DRY_RUN == yes ]]; then
        note "would migrate the database and make the functions' logins"
        return 0
    fi
    as_app owner -m shared.jobs.migrate || die "the migration failed"
    make_logins
}

# chat and voice are tenants; admin and worker may become the platform, on purpose.
make_logins() {
    local login
    for login in "${LOGINS[@]}"; do
        make_role "${DATABASE}_$login" "$login"
        sql -d postgres -c "GRANT chatbot_tenant TO ${DATABASE}_$login; GRANT CONNECT ON DATABASE $DATABASE TO ${DATABASE}_$login"
    done
    sql -d postgres -c "GRANT chatbot_platform TO ${DATABASE}_admin, ${DATABASE}_worker WITH INHERIT FALSE, SET TRUE"
}
