import { connect, createServer, type Socket } from 'node:net';

export interface HalfOpenProxy {
  port: number;
  /** From now on the sockets that are open swallow every byte without closing; new ones are served. */
  cut(): void;
  close(): Promise<void>;
}

/** A network that loses the way for old connections only, as a firewall does that forgets its table (reliability F27). */
export async function startHalfOpenProxy(target: { host: string; port: number }): Promise<HalfOpenProxy> {
  const pairs = new Set<{ sides: [Socket, Socket]; isCut: boolean }>();
  const server = createServer((near) => {
    const far = connect(target);
    const pair: { sides: [Socket, Socket]; isCut: boolean } = { sides: [near, far], isCut: false };
    pairs.add(pair);
    const join = (from: Socket, to: Socket) => {
      from.on('data', (bytes) => void (pair.isCut || to.write(bytes)));
      from.on('error', () => undefined);
      from.on('close', () => void (pair.isCut || to.destroy()));
    };
    join(near, far);
    join(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cut: () => pairs.forEach((pair) => (pair.isCut = true)),
    close: async () => {
      for (const { sides } of pairs) for (const side of sides) side.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
