export {
  openHome,
  removeHome,
  restoringMark,
  serverSecrets,
  assertFreeSpace,
  type Home,
  type ServerSecrets,
} from './home';
export { readJsonFile, writeJsonFile } from './json-file';
export { lastLines } from './log-tail';
export { lockHolder, takeLock, type HomeLock } from './lock';
export { freePort, isPortFree, publicPort } from './ports';
export { startPostgres, type PostgresAddresses, type ServerContext } from './postgres';
export { endProcess, identityOf, isAlive, startTimeOf, type ProcessIdentity } from './process-identity';
export { endLeftovers, forgetProcess, recordProcess, type ProcessRecord } from './process-records';
export { assertNoEviction, startRedis, type RedisAddress } from './redis';
export { StartFault } from './start-fault';
export { Supervisor, type ChildSpec, type SupervisorOptions } from './supervisor';
export { startTemporal, temporalConnectionOptions, type TemporalAddress } from './temporal';
export { cacheFolder, temporalBinary, temporalVersion } from './temporal-binary';
export { startTestServers, type TestServerAddresses, type TestServers } from './test-servers';
export { waitUntil } from './wait-until';
