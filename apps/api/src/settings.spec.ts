import { writeTestKeys } from '@banjie/testing';
import { readSettings, SettingsFault } from './settings';

describe('settings', () => {
  const keys = writeTestKeys();
  afterAll(() => keys.remove());
  const good = {
    DATABASE_URL: 'postgres://banjie_app:x@127.0.0.1:5432/banjie',
    REDIS_URL: 'redis://127.0.0.1:6379',
    TEMPORAL_ADDRESS: '127.0.0.1:7233',
    BANJIE_KEYS: keys.path,
    BANJIE_FILES: '/tmp',
  };
  const sentences = (changes: Record<string, string | undefined>): string[] => {
    try {
      readSettings({ ...good, ...changes });
      return [];
    } catch (error) {
      if (error instanceof SettingsFault) return error.sentences;
      throw error;
    }
  };

  it('have defaults that listen on this machine alone', () => {
    expect(readSettings(good)).toMatchObject({
      host: '127.0.0.1',
      port: 8700,
      temporalNamespace: 'banjie',
      isChild: false,
      isDemo: false,
      hasSecureCookie: false,
    });
  });

  it('name every variable that is missing or malformed at once', () => {
    expect(
      sentences({ DATABASE_URL: undefined, REDIS_URL: undefined, BANJIE_PORT: '99999', TEMPORAL_ADDRESS: 'here' }),
    ).toEqual([
      '缺少环境变量 DATABASE_URL。',
      '缺少环境变量 REDIS_URL。',
      expect.stringMatching(/^环境变量 TEMPORAL_ADDRESS 无效:/),
      expect.stringMatching(/^环境变量 BANJIE_PORT 无效:/),
    ]);
    expect(sentences({ DATABASE_URL: 'mysql://x' })).toEqual([expect.stringContaining('postgres://')]);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['listening for others without HTTPS', { BANJIE_HOST: '0.0.0.0' }, /BANJIE_HTTPS=1/],
    ['a key file that is not there', { BANJIE_KEYS: '/nonexistent/keys.json' }, /密钥文件不存在/],
    ['the superuser of the database', { DATABASE_URL: 'postgres://postgres:x@127.0.0.1/banjie' }, /超级用户/],
  ])('refuse %s', (_, changes, sentence) => {
    expect(sentences(changes)).toEqual([expect.stringMatching(sentence)]);
  });

  it('let others in behind HTTPS, with a cookie that travels encrypted only', () => {
    expect(readSettings({ ...good, BANJIE_HOST: '0.0.0.0', BANJIE_HTTPS: '1' })).toMatchObject({
      hasSecureCookie: true,
    });
  });
});
