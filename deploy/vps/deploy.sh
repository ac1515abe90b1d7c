#!/usr/bin/env bash
# Puts the platform on one host, or brings it up to date: see --help and README.md. Everything is safe to repeat.
set -euo pipefail
umask 022

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
REPO=$(cd "$HERE/../.." && pwd -P)
ARGUMENTS=("$@")

# Read whole before anything runs: the pull replaces these files.
# shellcheck source=lib/places.sh
source "$HERE/lib/places.sh"
# shellcheck source=lib/say.sh
source "$HERE/lib/say.sh"
# shellcheck source=lib/options.sh
source "$HERE/lib/options.sh"
# shellcheck source=lib/env.sh
source "$HERE/lib/env.sh"
# shellcheck source=lib/host.sh
source "$HERE/lib/host.sh"
# shellcheck source=lib/settings.sh
source "$HERE/lib/settings.sh"
# shellcheck source=lib/source.sh
source "$HERE/lib/source.sh"
# shellcheck source=lib/release.sh
source "$HERE/lib/release.sh"
# shellcheck source=lib/database.sh
source "$HERE/lib/database.sh"
# shellcheck source=lib/services.sh
source "$HERE/lib/services.sh"
# shellcheck source=lib/web.sh
source "$HERE/lib/web.sh"
# shellcheck source=lib/health.sh
source "$HERE/lib/health.sh"
# shellcheck source=lib/rollback.sh
source "$HERE/lib/rollback.sh"

usage() {
    cat <<'TEXT'
Usage: sudo deploy/vps/deploy.sh [options]

Installs the platform on this host, or updates it: detects which by the database, pulls the branch, installs packages,
migrates, writes systemd units and the nginx site, restarts, checks the health of every part, and goes back to the
previous commit and database when a check fails. Safe to run again at any time.

  --branch NAME          deploy this branch (default: the one that is checked out, else the remote's default)
  --conflicts POLICY     what to do with changes made on this host:
                           stop      name them and end (default)
                           stash     set uncommitted changes aside (git stash), rebase local commits
                           upstream  the same, but keep local commits in a branch of their own and take the remote's
  --no-pull              deploy the commit that is checked out
  --self-signed          make a certificate for a trial when there is none at the given paths
  --restart              restart the services even if nothing changed
  --dry-run              say what would be done; change nothing
  --help                 this text

Needed the first time, remembered afterwards (in /etc/chatbot/deploy.env):
  NGINX_SERVER_NAME      the host's public name, such as chat.example.com
  NGINX_SSL_CERT_PATH    its certificate, with the chain
  NGINX_SSL_KEY_PATH     the certificate's key
  NGINX_PROXY_PASS       where nginx passes visitors (default: the chat function, http://127.0.0.1:8081)
  PORT_BASE              the services listen on 127.0.0.1 from this port on (default 8080)

Every variable of .env.example that is set when .env is first written is taken over, for instance GEMINI_API_KEY.

Ends with 0 when all is well, 1 when nothing was changed or the update was rolled back, 2 when rolling back failed too.
TEXT
}

main() {
    read_options "${ARGUMENTS[@]}"
    require_root
    begin_log
    take_lock
    read_deploy_settings

    step "System packages"
    install_packages
    start_stores
    detect
    pull_source
    check_ports
    make_user_and_folders
    write_env
    prepare_release
    check_settings
    start_object_storage
    prepare_database

    guard_with_rollback
    migrate_database
    write_units
    write_site
    switch_release
    restart_services
    check_health
    release_guard

    tidy_up
    summary
}

main
exit 0
