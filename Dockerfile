# The image that runs Easel: Node's slim Debian, production packages and the build. It does not run as root.
FROM node:24.21.0-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6 AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json nest-cli.json ./
COPY src ./src
COPY scripts/sbom.cjs ./scripts/
# The console takes its types from the OpenAPI document.
COPY docs/openapi.json ./docs/
COPY console ./console
# The software bill of materials, for scanners of vulnerable packages.
RUN npm run build && npm run --silent sbom > sbom.cdx.json && npm prune --omit=dev

FROM node:24.21.0-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6
# The version in package.json. To add the commit: --build-arg REVISION="$(git rev-parse HEAD)"
ARG VERSION=1.0.0
ARG REVISION=
LABEL org.opencontainers.image.title="Easel" \
      org.opencontainers.image.description="OpenAI's Images API, served from Google's Gemini image models" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.base.name="docker.io/library/node:24.21.0-bookworm-slim" \
      org.opencontainers.image.base.digest="sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6"
# Without this, glibc raises its mmap threshold as large blocks are freed, and keeps their memory: an idle process had
# 830 MB resident instead of 170.
ENV NODE_ENV=production \
    MALLOC_MMAP_THRESHOLD_=131072 \
    HOST=0.0.0.0 \
    PORT=8045 \
    DATA_DIR=/data
# Easel stores images and the ledger here. The user `node` is uid 1000.
RUN mkdir /data && chown node:node /data
VOLUME /data
WORKDIR /app
COPY --from=build /app/package.json /app/sbom.cdx.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
USER node
EXPOSE 8045
HEALTHCHECK --interval=10s --timeout=4s --start-period=15s --retries=3 \
  CMD ["node", "dist/healthcheck.js"]
CMD ["node", "dist/main.js"]
