# syntax=docker/dockerfile:1
# One static-enough binary on a small Debian: no compiler, no package manager's leftovers, nobody is root.

FROM rust:1.95-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# The cache mounts make the second build quick; the program is copied out of them.
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --locked --profile dist --bin kiosk && cp target/dist/kiosk /kiosk
# An empty folder with the right owner: a volume that is mounted over it inherits the owner.
RUN mkdir /empty-data && chown 10001:10001 /empty-data && chmod 0700 /empty-data

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="Kiosk" \
      org.opencontainers.image.description="A Telegram bot that sells things for crypto inside a chat" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY --from=build /kiosk /usr/local/bin/kiosk
COPY --from=build --chown=10001:10001 /empty-data /data
# SQLite puts what does not fit into memory beside the database, where there is room for it: a large write would fill a /tmp of a few
# megabytes of memory, which is what compose.yaml gives.
ENV KIOSK_DATA_DIR=/data \
    KIOSK_LISTEN=0.0.0.0:8080 \
    SQLITE_TMPDIR=/data
# A number, so that Kubernetes can see that it is not root.
USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8080
# Drains what is being answered, leaves the rest in the queue, and ends.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=6s --start-period=20s --retries=3 CMD ["kiosk", "health"]
ENTRYPOINT ["kiosk"]
CMD ["run"]
