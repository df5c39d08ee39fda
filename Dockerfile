# The application node. Build: docker build -t woonspoor .
FROM node:24.11-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY nest-cli.json tsconfig.json ./
COPY bin bin
COPY src src
# The image is a Node 24 itself: the one that the packages bring along stays out of it.
RUN npm run build && npm prune --omit=dev && rm -rf node_modules/node-linux-* node_modules/.bin

FROM node:24.11-bookworm-slim
ENV WOONSPOOR_DATA=/data WOONSPOOR_HOST=0.0.0.0
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY bin bin
COPY LICENSE ./
RUN install -d -o node -g node /data
# Nothing is written outside /data and /tmp: the root file system can be read-only.
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:3000/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/woonspoor.mjs"]
CMD ["serve", "--empty"]
