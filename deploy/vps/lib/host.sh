# shellcheck shell=bash
# The host: root, one deployment at a time, packages, the system user, ports.

PACKAGES=(
    postgresql redis-server nginx gettext-base python3-venv git curl ca-certificates openssl iproute2 procps tar
)
MIN_POSTGRES=16

require_root() {
    [[ $(id -u) -eq 0 ]] || die "root is needed to install packages and services" "sudo deploy/vps/deploy.sh ..."
    command -v systemctl >/dev/null || die "systemd is needed (there is no systemctl here)"
    command -v apt-get >/dev/null || die "Debian 13, Ubuntu 24.04 or one like them is needed (there is no apt-get here)"
}

take_lock() {
    [[ $DRY_RUN == no ]] || return 0
    exec 9>"$LOCK_FILE"
    flock -n 9 || die "another deployment is running (it holds $LOCK_FILE)"
}

is_installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

install_packages() {
    local package missing=()
    for package in "${PACKAGES[@]}"; do
        is_installed "$package" || missing+=("$package")
    done
    if [[ ${#missing[@]} -eq 0 ]]; then
        note "all there"
        return 0
    fi
    note "missing: ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    run apt-get update -qq
    if [[ " ${missing[*]} " == *" postgresql "* ]]; then
        use_new_postgres
    fi
    run apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

# Debian 12 has PostgreSQL 15; the migrations need 16. The distribution's own package knows PostgreSQL's repository.
use_new_postgres() {
    local offered
    offered=$(apt-cache policy postgresql 2>/dev/null | sed -n 's/^ *Candidate: \([0-9]*\).*/\1/p')
    [[ ${offered:-0} -lt $MIN_POSTGRES && -n $offered ]] || return 0
    note "this distribution has PostgreSQL $offered: taking it from apt.postgresql.org"
    run apt-get install -y -qq --no-install-recommends postgresql-common
    run /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y
}

start_stores() {
    local service
    for service in postgresql redis-server nginx; do
        if [[ $(systemctl is-active "$service" 2>/dev/null) != active ]]; then
            run systemctl enable --now "$service"
        fi
    done
}

make_user_and_folders() {
    step "User, folders, permissions"
    if ! getent passwd "$APP_USER" >/dev/null; then
        run useradd --system --user-group --home-dir "$STATE_DIR" --no-create-home --shell /usr/sbin/nologin "$APP_USER"
    fi
    run install -d -m 755 "$STATE_DIR" "$STATE_DIR/releases" "$STATE_DIR/venvs" "$ACME_DIR"
    run install -d -m 700 -o "$APP_USER" -g "$APP_USER" "$STATE_DIR/storage"
    run install -d -m 700 "$CONFIG_DIR" "$BACKUP_DIR"
    run install -d -m 750 "$LOG_DIR"
}

# The ports of ours that somebody else listens on, and those of nginx and Redis that are not theirs.
check_ports() {
    step "Ports"
    local name port problems=()
    find_our_pids
    for name in "${!PORT_OF[@]}"; do
        port=${PORT_OF[$name]}
        port_is_ours "$port" || problems+=("$port ($name): taken by $(listener "$port")")
    done
    for port in "$NGINX_HTTP_PORT" "$NGINX_HTTPS_PORT"; do
        port_belongs_to "$port" nginx || problems+=("$port (nginx): taken by $(listener "$port")")
    done
    port_belongs_to "$REDIS_PORT" 'redis|valkey' || problems+=("$REDIS_PORT (Redis): taken by $(listener "$REDIS_PORT")")
    [[ ${#problems[@]} -eq 0 ]] || die "ports are in use by other programs" "${problems[@]}" \
        "Stop them, or choose others: PORT_BASE=9000 deploy/vps/deploy.sh"
    note "free, or ours"
}

listening_pids() { ss -ltnpH "sport = :$1" 2>/dev/null | grep -o 'pid=[0-9]*' | cut -d= -f2 | sort -u || true; }

listener() {
    local pid
    pid=$(listening_pids "$1" | head -n 1)
    if [[ -n $pid ]]; then
        printf '%s (process %s)' "$(ps -o comm= -p "$pid")" "$pid"
    else
        printf 'a process that cannot be seen'
    fi
}

is_listening() { [[ -n $(ss -ltnH "sport = :$1" 2>/dev/null) ]]; }

port_belongs_to() {
    local pid
    is_listening "$1" || return 0
    for pid in $(listening_pids "$1"); do
        [[ $(ps -o comm= -p "$pid") =~ ^($2) ]] || return 1
    done
}

find_our_pids() {
    local unit
    OUR_PIDS=' '
    for unit in "${UNITS[@]}"; do
        OUR_PIDS+="$(systemctl show -p MainPID --value "$unit" 2>/dev/null || true) "
    done
}

port_is_ours() {
    local pid
    is_listening "$1" || return 0
    for pid in $(listening_pids "$1"); do
        descends_from "$pid" || return 1
    done
    [[ -n $(listening_pids "$1") ]]
}

descends_from() {
    local pid=$1
    while [[ -n $pid && $pid -gt 1 ]]; do
        [[ $OUR_PIDS == *" $pid "* ]] && return 0
        pid=$(ps -o ppid= -p "$pid" | tr -d ' ')
    done
    return 1
}
