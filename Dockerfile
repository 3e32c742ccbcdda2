# syntax=docker/dockerfile:1.7
# Sunmao in a container: bundles from node, a static binary from go, and nothing else in
# the final image: no shell, no package manager, not root.
#   docker build --build-arg VERSION=$(git describe --tags --always) -t sunmao:local .

FROM node:20.20.2-bookworm-slim AS assets
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY web ./web
RUN node web/build.mjs

FROM golang:1.26.8-bookworm AS build
ARG VERSION=dev
ENV CGO_ENABLED=0 GOFLAGS=-mod=readonly
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
COPY --from=assets /src/web/dist ./web/dist
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    go build -trimpath -tags nomsgpack -ldflags "-s -w -X main.version=${VERSION}" -o /out/sunmao . \
 && mkdir -m 0700 /out/data && mkdir -m 1777 /out/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/tmp /tmp
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build /out/sunmao /sunmao
USER 65532:65532
ENV SUNMAO_DATA=/data SUNMAO_LISTEN=0.0.0.0:8080 SUNMAO_LOG_JSON=true
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["/sunmao", "health"]
ENTRYPOINT ["/sunmao"]
CMD ["serve"]
