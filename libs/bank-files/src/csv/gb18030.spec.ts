import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { decodeGb18030, encodeGb18030 } from './gb18030';

describe('GB18030', () => {
  it.each([
    ['中', 'd6d0'],
    ['联通', 'c1aacda8'],
    ['·', 'a1a4'],
    ['㐂', '8139ef31'],
    ['ü', 'a8b9'],
    ['é', 'a8a6'],
    ['𠮷', '9534b235'],
    ['䶮', 'fe9f'],
    ['𬭊', '9933a838'],
    ['𐀀', '90308130'],
    ['A1,"', '41312c22'],
  ])('writes %s as the standard has it', (text, hex) => {
    expect(encodeGb18030(text, 'gb18030')?.toString('hex')).toBe(hex);
  });

  it('reads back what it writes, whatever the characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const bytes = encodeGb18030(text, 'gb18030');
        if (bytes) expect(decodeGb18030(bytes)).toBe(text);
        else expect(text).toMatch(/[\p{Cs}\p{Co}\ufffd]/u);
      }),
      { numRuns: 500 },
    );
  });

  it('carries every character of Chinese that has a place in Unicode', () => {
    const missing: number[] = [];
    for (let code = 0x3400; code <= 0x9fff; code += 1) {
      if (!encodeGb18030(String.fromCodePoint(code), 'gb18030')) missing.push(code);
    }
    for (let code = 0x20000; code <= 0x323af; code += 97) {
      if (!encodeGb18030(String.fromCodePoint(code), 'gb18030')) missing.push(code);
    }
    expect(missing).toEqual([]);
  });

  it.each([
    ['half of a pair', '\ud840'],
    ['a character of the private zone', '\ue000'],
    ['the sign for what could not be read', '\ufffd'],
  ])('has no bytes for %s', (_, text) => {
    expect(encodeGb18030(`王${text}`, 'gb18030')).toBe(undefined);
  });

  it('knows as GBK only what takes two bytes', () => {
    expect(encodeGb18030('镕', 'gbk')?.toString('hex')).toBe('e946');
    for (const rare of ['㐂', '𠮷', '䶮']) expect(encodeGb18030(rare, 'gbk')).toBe(undefined);
  });

  it('refuses bytes that are no GB18030', () => {
    for (const hex of ['ff', '81', '8130', '813081', 'd6d0d6']) {
      expect(decodeGb18030(Buffer.from(hex, 'hex'))).toBe(undefined);
    }
  });

  // Another implementation, where the machine has one.
  const iconv = spawnSync('iconv', ['--version']).status === 0 ? it : it.skip;
  iconv('agrees with iconv on the characters of Chinese', () => {
    const text = Array.from({ length: 0x9fa6 - 0x4e00 }, (_, n) => String.fromCodePoint(0x4e00 + n)).join('');
    const other = spawnSync('iconv', ['-f', 'UTF-8', '-t', 'GB18030'], { input: text, maxBuffer: 1 << 24 }).stdout;
    expect(encodeGb18030(text, 'gb18030')?.equals(other)).toBe(true);
  });
});
