# shellcheck shell=bash
# What every step knows: read from the environment (cloudbuild.yaml sets it), with defaults for a person's own machine.
# Sourced, never run. Values that one step leaves for the next are files in build/pipeline.

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
REPO=$(cd "$HERE/../.." && pwd -P)
WORK=$REPO/build/pipeline
# shellcheck source=../vps/lib/say.sh
source "$HERE/../vps/lib/say.sh"

# The first arguments of every script. Arguments: the usage text, then the script's own.
answer_help() {
    if [[ ${2:-} == -h || ${2:-} == --help ]]; then
        printf '%s\n\n%s\n' "$1" "Settings come from the environment: docs/pipeline.md lists them."
        exit 0
    fi
}

refuse_arguments() {
    [[ $# -eq 0 ]] || die "unknown argument: $1" "--help says how to use this step."
}

# Names in the cloud. Call it before anything that needs them.
read_settings() {
    : "${REGION:=europe-west1}" "${PREFIX:=chatbot}" "${PROFILE:=dev}" "${TFVARS:=}" "${SMOKE_BUSINESS:=}"
    : "${ALLOW_DESTROY:=false}" "${CANARY_PERCENT:=0}" "${GEMINI_KEY_SECRET:=}" "${BUILD_ID:=}"
    [[ -n ${PROJECT_ID:-} ]] || die "PROJECT_ID is not set" "export PROJECT_ID=my-project"
    [[ $ALLOW_DESTROY == true || $ALLOW_DESTROY == false ]] || die "ALLOW_DESTROY is true or false, not '$ALLOW_DESTROY'"
    [[ $CANARY_PERCENT =~ ^(0|[1-9][0-9]?)$ ]] || die "CANARY_PERCENT is 0 to 99, not '$CANARY_PERCENT'"
    : "${STATE_BUCKET:=$PROJECT_ID-$PREFIX-state}" "${STATE_PREFIX:=$PROFILE}"
    # A build that no trigger started has no commit, and a person's machine no build.
    : "${REVISION:=$BUILD_ID}"
    [[ -n $REVISION ]] || REVISION=$(git -C "$REPO" describe --always --abbrev=40 --exclude='*' --dirty)
    IMAGE=$REGION-docker.pkg.dev/$PROJECT_ID/$PREFIX/platform
    CLOUD=(--project="$PROJECT_ID" --region="$REGION")
    # Programs that earlier steps took out of their images; a person has them installed.
    PATH=$WORK/bin:$PATH
    (umask 077 && mkdir -p "$WORK")
    export PATH REGION PREFIX IMAGE REVISION CLOUD BUILD_ID
}

# What an earlier step left. Arguments: file in build/pipeline, the step that writes it.
left_by() {
    [[ -s $WORK/$1 ]] || die "build/pipeline/$1 is not there" "Run deploy/pipeline/$2 first."
    cat "$WORK/$1"
}
