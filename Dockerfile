# docker build -t varve .
# Where there is no registry: `./dev image` makes an image from Debian's packages alone, smaller and without a shell.
FROM debian:bookworm AS build
WORKDIR /src
COPY . .
RUN ./dev build && apt-get install -y --no-install-recommends dpkg-dev python3 && packaging/build-deb build/release/varve /out

FROM debian:bookworm-slim
COPY --from=build /out/*.deb /tmp/
# The user has a number that manifests can name (runAsNonRoot), the one that images of Thanos use.
RUN useradd --uid 1001 --gid 0 --home-dir /var/lib/varve --no-create-home --shell /usr/sbin/nologin varve \
    && groupadd --system varve \
    && apt-get update && apt-get install -y --no-install-recommends /tmp/*.deb ca-certificates \
    && rm -rf /tmp/*.deb /var/lib/apt/lists/* /var/cache/apt/* \
    && install -d -o 1001 -g 0 -m 2775 /var/lib/varve /data && ln -s /usr/bin/varve /bin/thanos
COPY packaging/healthcheck /usr/local/bin/healthcheck
USER 1001:0
WORKDIR /var/lib/varve
EXPOSE 10901 10902
STOPSIGNAL SIGTERM
# Kubernetes has probes of its own and ignores this. VARVE_HTTP_PORT is the port of --http-address.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["/usr/local/bin/healthcheck"]
ENTRYPOINT ["/usr/bin/varve"]
