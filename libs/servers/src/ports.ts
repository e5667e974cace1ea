import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';
import { StartFault } from './start-fault';

export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** A port for inner traffic. Below 32768, where the system does not hand out ports to outgoing connections by itself. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = randomInt(15_000, 32_000);
    if (await isPortFree(port)) return port;
  }
  throw new StartFault('找不到空闲的内部端口(15000–32000)。', '请关闭占用大量端口的程序后重试。');
}

/**
 * A port people know by number: from the variable, or its usual value.
 * @throws StartFault naming the variable when the value is not a port or the port is taken.
 */
export async function publicPort(variable: string, usual: number, env: NodeJS.ProcessEnv): Promise<number> {
  const text = env[variable];
  const port = text === undefined || text === '' ? usual : Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new StartFault(
      `环境变量 ${variable} 不是端口号:${text}`,
      `请写 1–65535 的整数,例如:${variable}=${usual} npm start`,
    );
  }
  if (!(await isPortFree(port))) {
    throw new StartFault(
      `端口 ${port} 已被占用。`,
      `请停止占用它的程序,或换一个端口:${variable}=${port + 10} npm start`,
    );
  }
  return port;
}
