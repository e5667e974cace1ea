# One image for api, worker, jobs and the migration: the same compiled clone, another command.
FROM node:20.20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY libs/bank-files/package.json libs/bank-files/
COPY libs/contracts/package.json libs/contracts/
COPY libs/domain/package.json libs/domain/
COPY libs/persistence/package.json libs/persistence/
COPY libs/servers/package.json libs/servers/
COPY libs/testing/package.json libs/testing/
COPY apps/api/package.json apps/api/
COPY apps/bank/package.json apps/bank/
COPY apps/cli/package.json apps/cli/
COPY apps/cli/bin apps/cli/bin
COPY apps/jobs/package.json apps/jobs/
COPY apps/starter/package.json apps/starter/
COPY apps/worker/package.json apps/worker/
COPY workflows/package.json workflows/
COPY activities/package.json activities/
COPY bench/package.json bench/
# Packages before sources, so that a change of code does not install again; `prepare` needs the sources and runs below.
RUN npm ci --ignore-scripts
COPY . .
RUN node scripts/build.mjs && npm prune --omit=dev --ignore-scripts

FROM node:20.20-bookworm-slim
ENV NODE_ENV=production TZ=Asia/Shanghai LANG=C.UTF-8
WORKDIR /app
RUN install -d -o node -g node /var/lib/banjie/files /var/lib/banjie/jobs
COPY --from=build /app /app
USER node
CMD ["node", "apps/api/dist/main.js"]
