# The image that runs Easel: Node's slim Debian, production packages, the build, and nobody's root.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json nest-cli.json ./
COPY src ./src
# The page takes its types from the API's description.
COPY docs/openapi.json ./docs/
COPY console ./console
RUN npm run build && npm prune --omit=dev

FROM node:24-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8045 \
    DATA_DIR=/data
# What is kept: images, and the ledger's file. Node's user is uid 1000.
RUN mkdir /data && chown node:node /data
VOLUME /data
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
USER node
EXPOSE 8045
HEALTHCHECK --interval=10s --timeout=4s --start-period=15s --retries=3 \
  CMD ["node", "dist/healthcheck.js"]
CMD ["node", "dist/main.js"]
