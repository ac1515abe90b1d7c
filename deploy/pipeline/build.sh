#!/usr/bin/env bash
# Step `build`: the image of voice service and jobs, tagged by commit; nothing leaves this machine.
set -euo pipefail
# shellcheck source=settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"

# BuildKit by itself: the daemon's own one cannot keep the cache of every stage in a registry.
BUILDKIT=moby/buildkit:v0.31.1@sha256:6b59b7df63a8cb9902736f9ddf7fcff8261613d3e7449b8ea8b7537fc399c03a

main() {
    answer_help "Usage: deploy/pipeline/build.sh

Builds the image with the last build's layers, loads it into Docker, and saves it as build/pipeline/image.tar to be scanned." "$@"
    refuse_arguments "$@"
    read_settings
    step "Image $IMAGE:$REVISION"
    docker buildx inspect pipeline >/dev/null 2>&1 ||
        docker buildx create --name pipeline --driver docker-container --driver-opt "image=$BUILDKIT" >/dev/null
    # A cache that is not there yet is a warning only.
    docker buildx build --builder pipeline --platform linux/amd64 --build-arg "REVISION=$REVISION" --provenance=false \
        --cache-from "type=registry,ref=$IMAGE-cache:latest" --tag "$IMAGE:$REVISION" --load "$REPO"
    docker save --output "$WORK/image.tar" "$IMAGE:$REVISION"
}

main "$@"
