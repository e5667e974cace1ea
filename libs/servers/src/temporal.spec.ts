import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHome } from './home';
import { Supervisor } from './supervisor';
import { temporalConnectionOptions } from './temporal';
import { temporalBinary } from './temporal-binary';

describe('Temporal', () => {
  it.each(['127.0.0.1:7233', 'localhost:7233', '[::1]:7233', '127.8.8.8:1'])(
    'is taken without TLS on this machine: %s',
    (address) => {
      expect(temporalConnectionOptions({ TEMPORAL_ADDRESS: address })).toEqual({ address });
    },
  );

  it.each(['10.0.0.5:7233', 'temporal.example:7233', 'temporal:7233', '127.0.0.1.example:7233'])(
    'is refused without TLS elsewhere: %s',
    (address) => {
      expect(() => temporalConnectionOptions({ TEMPORAL_ADDRESS: address })).toThrow(/没有启用 TLS[^]*TEMPORAL_TLS=1/);
    },
  );

  it('is taken elsewhere with TLS, and a bare name inside the composed network', () => {
    expect(temporalConnectionOptions({ TEMPORAL_ADDRESS: 'temporal.example:7233', TEMPORAL_TLS: '1' })).toHaveProperty(
      'tls',
    );
    const composed = (address: string) => ({ TEMPORAL_ADDRESS: address, TEMPORAL_PRIVATE_NETWORK: '1' });
    expect(temporalConnectionOptions(composed('temporal:7233'))).toEqual({ address: 'temporal:7233' });
    expect(() => temporalConnectionOptions(composed('temporal.example:7233'))).toThrow('没有启用 TLS');
  });

  it('names a certificate that cannot be read', () => {
    const env = { TEMPORAL_ADDRESS: 'a.example:1', TEMPORAL_TLS_CA: '/no/such/ca.pem' };
    expect(() => temporalConnectionOptions(env)).toThrow('TEMPORAL_TLS_CA 指向的文件读不到');
  });

  it('says what was tried when there is no program and no way to get one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'banjie-temporal-'));
    const home = openHome(folder);
    // Without a route outside and without Go.
    const env = { PATH: '/nowhere', BANJIE_CACHE: join(folder, 'cache'), HTTPS_PROXY: 'http://127.0.0.1:9' };
    const making = temporalBinary({ home, supervisor: new Supervisor(home), env, report: () => undefined });
    await expect(making).rejects.toThrow(
      /没有可用的 Temporal[^]*没有 go 命令[^]*go install github.com\/temporalio\/cli\/cmd\/temporal@v1.5.1/,
    );
    rmSync(folder, { recursive: true, force: true });
  });
});
