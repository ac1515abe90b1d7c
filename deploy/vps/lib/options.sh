# shellcheck shell=bash disable=SC2034
# The command line.

DRY_RUN=no PULL=yes CONFLICTS=stop WANTED_BRANCH='' SELF_SIGNED=no RESTART=no

read_options() {
    while [[ $# -gt 0 ]]; do
        case $1 in
            --branch) WANTED_BRANCH=${2:?--branch needs a name}; shift ;;
            --conflicts) CONFLICTS=${2:?--conflicts needs stop, stash or upstream}; shift ;;
            --no-pull) PULL=no ;;
            --self-signed) SELF_SIGNED=yes ;;
            --restart) RESTART=yes ;;
            --dry-run) DRY_RUN=yes ;;
            -h | --help) usage; exit 0 ;;
            *) die "unknown option: $1" "deploy.sh --help lists them." ;;
        esac
        shift
    done
    [[ $CONFLICTS =~ ^(stop|stash|upstream)$ ]] || die "--conflicts is stop, stash or upstream, not '$CONFLICTS'"
}
