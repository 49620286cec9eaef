# The service with SQLite in /data. Build: docker build -t alice .   Run: see docs/deploy/docker.md.

ARG NODE_IMAGE=node:26.10.0-bookworm-slim

FROM ${NODE_IMAGE} AS toolchain
# better-sqlite3 is compiled where its prebuilt binary cannot be downloaded.
RUN apt-get update \
  && apt-get install -y --no-install-recommends python3 make g++ \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json ./

FROM toolchain AS build
RUN npm ci
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY tools/build tools/build
COPY src src
RUN npm run build

FROM toolchain AS dependencies
RUN npm ci --omit=dev

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="alice" \
  org.opencontainers.image.description="A self-hosted conversation service" \
  org.opencontainers.image.licenses="MIT"
# The kernel ignores a signal that process 1 has no handler for: the service could not be stopped
# while it starts, nor by a second signal while it shuts down. tini is process 1 in its place.
RUN apt-get update \
  && apt-get install -y --no-install-recommends tini \
  && rm -rf /var/lib/apt/lists/*
# Listening beyond loopback: without a TOKEN of at least 16 characters the service refuses to start.
# Of the 512 MiB of compose.yaml and deploy/ V8 may have 320; the rest is for buffers and code.
ENV NODE_ENV=production \
  HOST=0.0.0.0 \
  PORT=7777 \
  DATABASE_URL=sqlite:/data/alice.db \
  NODE_OPTIONS=--max-old-space-size=320
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
# The only place that is written to: everything else may be read-only.
RUN mkdir /data && chown node:node /data
# By number, so that Kubernetes can see that it is not root.
USER 1000:1000
VOLUME /data
EXPOSE 7777
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health/live').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--"]
# As npm start does, without npm in between: signals reach the service.
CMD ["node", "--max-semi-space-size=4", "--heap-growing-percent=75", "--v8-pool-size=1", "dist/main.js"]
