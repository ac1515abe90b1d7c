# One image for the voice service and for the jobs: docker build -t chatbot .
#
#   the voice service     docker run -p 8080:8080 --env-file .env --read-only --tmpfs /tmp chatbot
#   migrations            docker run --env-file .env chatbot -m shared.jobs.migrate
#   a knowledge build     docker run --env-file .env chatbot -m shared.jobs.build_knowledge --business ID --build ID
#   the worker's loop     docker run --env-file .env chatbot -m shared.jobs.deliver
#
# Nothing is written outside /tmp. The functions are not in here: their runtime builds them from source.
ARG PYTHON_IMAGE=python:3.12-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ENV UV_LINK_MODE=copy \
    UV_NO_CACHE=1 \
    UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir --disable-pip-version-check uv==0.13.9
RUN uv venv --quiet --python /usr/local/bin/python3 /opt/venv
COPY requirements.lock /build/requirements.lock
# Wheels only: there is no compiler here, and there is to be none.
RUN uv pip sync --quiet --require-hashes --only-binary :all: --compile-bytecode \
    --python /opt/venv/bin/python /build/requirements.lock
COPY shared /app/shared
COPY voice_service /app/voice_service
# Unchecked: copying may change the files' times, and a file system that is read-only could not compile again.
RUN /opt/venv/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /app

FROM ${PYTHON_IMAGE} AS runtime
ARG REVISION=unknown
LABEL org.opencontainers.image.title="chatbot-platform" \
      org.opencontainers.image.description="The voice service and the jobs of the chatbot platform" \
      org.opencontainers.image.revision="${REVISION}"
RUN groupadd --gid 10001 chatbot \
    && useradd --uid 10001 --gid chatbot --no-create-home --home-dir /tmp --shell /usr/sbin/nologin chatbot
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    OMP_NUM_THREADS=1 \
    OPENBLAS_NUM_THREADS=1 \
    PORT=8080
WORKDIR /app
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/health', timeout=4)"]
ENTRYPOINT ["python"]
CMD ["-m", "voice_service"]
