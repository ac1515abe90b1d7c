# shellcheck shell=bash
# deploy.env (this host's nginx and ports) and .env (the platform's settings): written once, then only read.

DEPLOY_SETTINGS=(
    NGINX_SERVER_NAME NGINX_SSL_CERT_PATH NGINX_SSL_KEY_PATH NGINX_PROXY_PASS NGINX_HTTP_PORT NGINX_HTTPS_PORT PORT_BASE
)

read_deploy_settings() {
    local name
    [[ ! -f $DEPLOY_ENV ]] || load_env "$DEPLOY_ENV" keep
    PORT_BASE=${PORT_BASE:-8080}
    [[ $PORT_BASE =~ ^[0-9]+$ ]] || die "PORT_BASE is a number, not '$PORT_BASE'"
    set_ports
    export NGINX_PROXY_PASS=${NGINX_PROXY_PASS:-http://127.0.0.1:${PORT_OF[chat]}}
    export NGINX_HTTP_PORT=${NGINX_HTTP_PORT:-80} NGINX_HTTPS_PORT=${NGINX_HTTPS_PORT:-443}
    for name in NGINX_SERVER_NAME NGINX_SSL_CERT_PATH NGINX_SSL_KEY_PATH; do
        [[ -n ${!name:-} ]] || die "$name is not set" \
            "The first time, for instance: sudo NGINX_SERVER_NAME=chat.example.com \\" \
            "  NGINX_SSL_CERT_PATH=/etc/letsencrypt/live/chat.example.com/fullchain.pem \\" \
            "  NGINX_SSL_KEY_PATH=/etc/letsencrypt/live/chat.example.com/privkey.pem GEMINI_API_KEY=... deploy/vps/deploy.sh"
        [[ ${!name} =~ ^[A-Za-z0-9._/\ -]+$ ]] || die "$name has characters that cannot be in an nginx file: ${!name}"
    done
    HOST_NAME=${NGINX_SERVER_NAME%% *}
    PUBLIC_URL=https://$HOST_NAME
    [[ $NGINX_HTTPS_PORT == 443 ]] || PUBLIC_URL+=:$NGINX_HTTPS_PORT
}

save_deploy_settings() {
    local name
    for name in "${DEPLOY_SETTINGS[@]}"; do
        printf '%s=%s\n' "$name" "${!name}"
    done | put_file "$DEPLOY_ENV" 600
}

random_secret() { openssl rand -hex 24; }

# Sets one variable in the text that comes in: at its line of the template, commented out or not, else at the end.
with_setting() {
    NAME=$1 VALUE=$2 awk '
        BEGIN { name = ENVIRON["NAME"]; value = ENVIRON["VALUE"] }
        !done && ($0 ~ "^(# )?" name "=") { print name "=" value; done = 1; next }
        { print }
        END { if (!done) print name "=" value }'
}

template_names() { sed -n 's/^\(# \)\{0,1\}\([A-Z][A-Z0-9_]*\)=.*/\2/p' "$1"; }

write_env() {
    step "Settings"
    save_deploy_settings
    write_logins
    if [[ ! -f $ENV_FILE ]]; then
        first_env | put_file "$ENV_FILE" 600
    else
        add_new_settings
    fi
    run chown "$APP_USER:$APP_USER" "$ENV_FILE"
    run chmod 600 "$ENV_FILE"
}

# What this host decides, and above it whatever the environment of the first run says.
first_env() {
    local name text
    local -A value=(
        [DATABASE_URL]="$(login_url chat)" [REDIS_URL]="redis://127.0.0.1:$REDIS_PORT/0" [TRUSTED_PROXY_DEPTH]=1
        [ADMIN_API_KEY]="$(random_secret)" [SECRETS_KEY]="$(random_secret)"
        [PUBLIC_VOICE_URL]="$PUBLIC_URL" [VOICE_SERVICE_URL]="${PUBLIC_URL/https:/wss:}"
    )
    if [[ -z ${BUCKET:-} ]]; then
        value[BUCKET]=chatbot value[STORAGE_EMULATOR_HOST]=http://127.0.0.1:${PORT_OF[storage]}
    fi
    for name in $(template_names "$REPO/.env.example"); do
        [[ $name == DATABASE_URL || $name == PORT || -z ${!name:-} ]] || value[$name]=${!name}
    done
    text=$(<"$REPO/.env.example")
    for name in "${!value[@]}"; do
        text=$(with_setting "$name" "${value[$name]}" <<<"$text")
    done
    printf '%s\n' "$text"
}

# Variables that a newer template has are added as it has them, commented out; values are never touched.
add_new_settings() {
    local name added=()
    for name in $(template_names "$REPO/.env.example"); do
        grep -qE "^(# )?$name=" "$ENV_FILE" || added+=("$name")
    done
    if [[ ${#added[@]} -eq 0 ]]; then
        note ".env has every setting of the template"
        return 0
    fi
    note "new settings, added to .env with their defaults: ${added[*]}"
    {
        cat "$ENV_FILE"
        for name in "${added[@]}"; do
            grep -B 1 -E "^(# )?$name=" "$REPO/.env.example" | sed -E 's/^([A-Z])/# \1/'
        done
    } | put_file "$ENV_FILE" 600
}

check_settings() {
    step "Check of the settings"
    if [[ $DRY_RUN == yes ]]; then
        note "would ask the new release whether it can run with .env"
        return 0
    fi
    local complaint
    complaint=$(as_app chat -c 'import sys; from shared.config import ConfigError, Settings
try: Settings.read(("database", "model", "bucket", "admin_api_key", "secrets_key", "public_voice_url", "voice_service_url"))
except ConfigError as error: sys.exit(str(error))' 2>&1) || die "the settings are not complete: $complaint" \
        "Edit $ENV_FILE and run this again; nothing has been changed that serves visitors."
    note "complete"
}
