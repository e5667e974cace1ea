import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { freePort, isPortFree, publicPort } from './ports';

describe('ports', () => {
  it('tells which variable to set when a public port is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    await expect(publicPort('BANJIE_PORT', port, {})).rejects.toThrow(
      new RegExp(`端口 ${port} 已被占用[^]*BANJIE_PORT=${port + 10}`),
    );
    holder.close();
    await once(holder, 'close');
    await expect(publicPort('BANJIE_PORT', port, {})).resolves.toBe(port);
  });

  it.each(['abc', '0', '70000', '87.5'])('refuses %s as a port', async (text) => {
    await expect(publicPort('BANJIE_BANK_PORT', 8702, { BANJIE_BANK_PORT: text })).rejects.toThrow(
      'BANJIE_BANK_PORT 不是端口号',
    );
  });

  it('takes the port of the variable before the usual one', async () => {
    const port = await freePort();
    await expect(publicPort('BANJIE_PORT', 1, { BANJIE_PORT: String(port) })).resolves.toBe(port);
  });

  it('finds free inner ports below those of outgoing connections', async () => {
    const port = await freePort();
    expect(port).toBeLessThan(32_768);
    await expect(isPortFree(port)).resolves.toBe(true);
  });
});
