# shellcheck shell=bash
# A release is a copy of one commit that nobody but root can write, with its virtual environment. `current` names one.

prepare_release() {
    step "Release $COMMIT"
    RELEASE=$STATE_DIR/releases/$COMMIT
    PREVIOUS=$(readlink -f "$STATE_DIR/current" 2>/dev/null || true)
    if [[ -f $RELEASE/.ready ]]; then
        note "there already"
        return 0
    fi
    if [[ $DRY_RUN == yes ]]; then
        note "would copy the commit to $RELEASE and install what requirements.lock names"
        return 0
    fi
    rm -rf "$RELEASE"
    mkdir "$RELEASE"
    repo_git archive HEAD | tar -x -C "$RELEASE" --no-same-owner
    make_venv
    ln -s "$VENV" "$RELEASE/venv"
    "$RELEASE/venv/bin/python" -m compileall -q -j 0 "$RELEASE/shared" "$RELEASE/functions" "$RELEASE/voice_service"
    touch "$RELEASE/.ready"
    note "$RELEASE"
}

find_python() {
    local candidate
    for candidate in python3.13 python3.12 python3.11 python3; do
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
            command -v "$candidate"
            return 0
        fi
    done
    die "Python 3.11, 3.12 or 3.13 with its venv module is needed" "Debian 13 and Ubuntu 24.04 have it: apt-get install python3-venv"
}

# One virtual environment for each requirements.lock: going back to an older release needs no download.
make_venv() {
    local python
    python=$(find_python)
    VENV=$STATE_DIR/venvs/$({ cat "$RELEASE/requirements.lock"; "$python" -VV; } | sha256sum | cut -c1-12)
    if [[ -f $VENV/.ready ]]; then
        note "packages: as before"
        return 0
    fi
    note "packages: installing the locked tree ($("$python" -V)) ..."
    rm -rf "$VENV"
    run "$python" -m venv "$VENV"
    run "$VENV/bin/pip" install --quiet --disable-pip-version-check "uv==$UV_VERSION"
    run "$VENV/bin/uv" pip sync --quiet --no-cache --require-hashes --compile-bytecode -p "$VENV/bin/python" \
        "$RELEASE/requirements.lock" || die "the packages cannot be installed" "Is PyPI reachable from here? Run this again."
    touch "$VENV/.ready"
}

switch_release() {
    step "Switch to $COMMIT"
    run ln -sfn "$RELEASE" "$STATE_DIR/current.new"
    run mv -T "$STATE_DIR/current.new" "$STATE_DIR/current"
}

# Keeps the last releases, and the virtual environments they use.
tidy_up() {
    [[ $DRY_RUN == no ]] || return 0
    local folder kept=0
    touch "$RELEASE"
    while IFS= read -r folder; do
        kept=$((kept + 1))
        [[ $kept -le $KEEP_RELEASES || $folder == "$RELEASE" || $folder == "$PREVIOUS" ]] || rm -rf "$folder"
    done < <(find "$STATE_DIR/releases" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' | sort -rn | cut -d' ' -f2-)
    for folder in "$STATE_DIR"/venvs/*; do
        find "$STATE_DIR/releases" -mindepth 2 -maxdepth 2 -name venv -lname "$folder" | grep -q . || rm -rf "$folder"
    done
    find "$BACKUP_DIR" -maxdepth 1 -name 'before-*.dump' -printf '%T@ %p\n' | sort -rn | cut -d' ' -f2- \
        | tail -n "+$((KEEP_SAFETY_DUMPS + 1))" | xargs -r rm -f
}
