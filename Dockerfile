# Waybill on Node 24, as the unprivileged user `node` (uid 1000). No build step: Node runs the TypeScript sources.
FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The image brings Node; its platform package is for machines that have none.
RUN npm ci --omit=dev --ignore-scripts && rm -rf node_modules/node-linux-* node_modules/node-win-*

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=2 \
    WAYBILL_ENVIRONMENT=production \
    WAYBILL_HOST=0.0.0.0 \
    WAYBILL_DATA_DIR=/var/lib/waybill
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json ./
COPY bin ./bin
COPY src ./src
RUN mkdir -p /var/lib/waybill data_exchange backup database_exports product_inbox product_outbox temp_jsonl_product_storage \
 && chown node:node /var/lib/waybill data_exchange backup database_exports product_inbox product_outbox temp_jsonl_product_storage
USER node
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:4000/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=1", "src/main.ts"]
