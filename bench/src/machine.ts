import { availableParallelism, cpus, totalmem } from 'node:os';

/** Which servers took part, by kind and version; no names of hosts. */
export type ServerKinds = Record<string, string>;

export interface Machine {
  cores: number;
  memoryGiB: number;
  cpu: string;
  node: string;
  platform: string;
  servers: ServerKinds;
}

export function machineFacts(servers: ServerKinds): Machine {
  return {
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    cpu: cpus()[0]?.model ?? 'unknown',
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    servers,
  };
}
