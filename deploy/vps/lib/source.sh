# shellcheck shell=bash
# Where the code comes from: which branch, the pull, and changes that somebody made on this host.

# As the checkout's owner: the key that may pull is theirs, and git trusts nobody else's folder.
repo_git() {
    local owner
    owner=$(stat -c %U "$REPO")
    if [[ $owner == root || $owner == UNKNOWN || $owner == "$(id -un)" ]]; then
        git -c safe.directory="$REPO" -C "$REPO" "$@" 9>&-
    else
        runuser -u "$owner" -- git -C "$REPO" "$@" 9>&-
    fi
}

pull_source() {
    step "Source"
    [[ -e $REPO/.git ]] || die "$REPO is not a git checkout" "git clone the repository and run its deploy/vps/deploy.sh"
    find_branch
    local before=${DEPLOY_PULLED_FROM:-}
    if [[ -n $before ]]; then
        note "pulled: $(short "$before") -> $(short HEAD) ($BRANCH)"
    elif [[ $PULL == no || -z $REMOTE ]]; then
        note "not pulled: $([[ $PULL == no ]] && echo --no-pull || echo 'the branch follows no remote')"
    else
        pull
    fi
    COMMIT=$(short HEAD)
    note "commit $COMMIT on $BRANCH"
}

short() { repo_git rev-parse --short=12 "$1"; }

# The branch asked for, else the one checked out, else (a detached HEAD) the remote's default.
find_branch() {
    local current
    current=$(repo_git symbolic-ref --quiet --short HEAD || true)
    REMOTE=$(repo_git config "branch.$current.remote" || repo_git remote | head -n 1)
    BRANCH=${WANTED_BRANCH:-$current}
    if [[ -z $BRANCH && $PULL == yes && -n $REMOTE ]]; then
        BRANCH=$(repo_git ls-remote --symref "$REMOTE" HEAD | sed -n 's#^ref: refs/heads/\(.*\)\tHEAD#\1#p')
        [[ -n $BRANCH ]] || die "no branch is checked out and the remote names no default" "Say which: --branch main"
        note "no branch is checked out: taking the remote's default, $BRANCH"
    fi
    BRANCH=${BRANCH:-detached}
}

pull() {
    local before upstream
    before=$(repo_git rev-parse HEAD)
    if [[ $DRY_RUN == yes ]]; then
        note "would pull $BRANCH from $REMOTE: $(short HEAD) -> $(repo_git ls-remote "$REMOTE" "refs/heads/$BRANCH" | cut -c1-12)"
        local_changes
        return 0
    fi
    repo_git fetch --quiet --prune "$REMOTE" || die "the remote '$REMOTE' cannot be reached" \
        "Try: git -C $REPO fetch $REMOTE   (or deploy what is here: --no-pull)"
    upstream=$REMOTE/$BRANCH
    repo_git rev-parse --quiet --verify "$upstream" >/dev/null || die "$REMOTE has no branch '$BRANCH'"
    local_changes
    check_out "$upstream"
    catch_up "$upstream"
    if [[ $(repo_git rev-parse HEAD) == "$before" ]]; then
        note "up to date with $upstream"
        return 0
    fi
    # From here on, the new version's own steps.
    export DEPLOY_PULLED_FROM=$before
    exec "$REPO/deploy/vps/deploy.sh" "${ARGUMENTS[@]}"
}

local_changes() {
    local changed
    changed=$(repo_git status --porcelain --untracked-files=no)
    [[ -n $changed ]] || return 0
    if [[ $CONFLICTS == stop ]]; then
        die "files were changed on this host and are not committed:" "${changed//$'\n'/$'\n'       }" \
            "Look: git -C $REPO diff    Set aside: --conflicts stash"
    fi
    run repo_git stash push --quiet --message "set aside by deploy.sh, $(date -u '+%F %T')"
    note "uncommitted changes were set aside: git -C $REPO stash list"
}

check_out() {
    [[ $(repo_git symbolic-ref --quiet --short HEAD || true) != "$BRANCH" ]] || return 0
    if repo_git rev-parse --quiet --verify "refs/heads/$BRANCH" >/dev/null; then
        repo_git checkout --quiet "$BRANCH"
    else
        repo_git checkout --quiet -b "$BRANCH" --track "$1"
    fi
}

catch_up() {
    local upstream=$1 kept
    if repo_git merge --quiet --ff-only "$upstream" 2>/dev/null; then
        return 0
    fi
    case $CONFLICTS in
        stop)
            die "the branch here and $upstream have gone different ways:" \
                "$(repo_git log --oneline --no-decorate "$upstream..HEAD" | sed 's/^/only here: /')" \
                "Put them on top: --conflicts stash    Take the remote's, keep these in a branch: --conflicts upstream"
            ;;
        stash)
            if ! repo_git rebase --quiet "$upstream" >/dev/null 2>&1; then
                repo_git rebase --abort || true
                die "the commits made here conflict with $upstream; nothing was changed" \
                    "Rebase by hand, or take the remote's and keep these in a branch: --conflicts upstream"
            fi
            note "the commits made here are now on top of $upstream"
            ;;
        upstream)
            kept=kept-$(date -u +%Y%m%dT%H%M%SZ)
            repo_git branch "$kept"
            repo_git reset --quiet --keep "$upstream"
            note "the commits made here are kept in the branch $kept"
            ;;
    esac
}
