# shellcheck shell=bash
# Files of settings, and commands of ours that run with them.

# Exports the variables of a file in systemd's form, KEY=value; nothing in it is run. Those set already win with `keep`.
load_env() {
    local line name value
    while IFS= read -r line || [[ -n $line ]]; do
        [[ $line =~ ^[A-Za-z_][A-Za-z0-9_]*= ]] || continue
        name=${line%%=*} value=${line#*=}
        if [[ $value =~ ^\"(.*)\"$ || $value =~ ^\'(.*)\'$ ]]; then
            value=${BASH_REMATCH[1]}
        fi
        [[ ${2:-} == keep && -n ${!name:-} ]] || export "$name=$value"
    done <"$1"
}

# Runs our Python with .env, as the system user. Arguments: a login whose database URL to use, then the command.
as_app() {
    local login=$1
    shift
    (
        load_env "$ENV_FILE"
        load_env "$CONFIG_DIR/$login.env"
        cd "$RELEASE" || exit
        export PYTHONPATH=. PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1 HOME=/tmp
        exec runuser -u "$APP_USER" -- "$RELEASE/venv/bin/python" "$@" 9>&-
    )
}
