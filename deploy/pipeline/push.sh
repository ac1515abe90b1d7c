#!/usr/bin/env bash
# Step `push`: the tested and scanned image goes to the registry; from here on it is known by its digest.
set -euo pipefail
# shellcheck source=settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

main() {
    answer_help "Usage: deploy/pipeline/push.sh

Pushes the image of build.sh, writes its name by digest to build/pipeline/image, and keeps its layers for the next build." "$@"
    refuse_arguments "$@"
    read_settings
    step "Pushing $IMAGE:$REVISION"
    docker push "$IMAGE:$REVISION"
    # Docker may know the same image from other registries, too.
    docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$IMAGE:$REVISION" |
        grep -x -m 1 -E "$IMAGE@sha256:[0-9a-f]{64}" >"$WORK/image" || die "Docker knows no digest of $IMAGE:$REVISION"
    note "$(cat "$WORK/image")"
    keep_layers
}

# Now, and not while it was built: nothing of an image that failed its tests gets into the registry. Everything is still in
# BuildKit, so this uploads what is new and builds nothing.
keep_layers() {
    docker buildx build --builder pipeline --platform linux/amd64 --build-arg "REVISION=$REVISION" --provenance=false \
        --cache-to "type=registry,ref=$IMAGE-cache:latest,mode=max,image-manifest=true,oci-mediatypes=true" "$REPO" ||
        warn "the layers were not kept: the next build takes longer"
}

main "$@"
