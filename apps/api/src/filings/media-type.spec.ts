import { DomainError } from '@banjie/domain';
import { checkMediaType } from './media-type';
import { jpeg, pdf, png } from './scans.fixture';
import { storeZip } from './store-zip';

const archive = storeZip(new Map([['a.txt', Buffer.from('a')]]));

it.each<[string, Buffer, string]>([
  ['PDF', pdf(), 'application/pdf'],
  ['PNG', png(), 'image/png'],
  ['JPEG', jpeg(), 'image/jpeg'],
  ['a scan of 31 million pixels', jpeg(6_600, 4_700), 'image/jpeg'],
])('takes %s', async (_, file, type) => {
  expect(await checkMediaType(file)).toBe(type);
});

it.each<[string, Buffer]>([
  ['an empty file', Buffer.alloc(0)],
  ['text', Buffer.from('发票')],
  ['a page', Buffer.from('<html><script>alert(1)</script></html>')],
  ['a drawing with scripts', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>')],
  ['a program', Buffer.from('7f454c4602010100', 'hex')],
  ['an archive', archive],
  ['a moving picture', Buffer.from('474946383961010001000000003b', 'hex')],
  ['a PDF behind other bytes', Buffer.concat([Buffer.from('GIF89a;'), pdf()])],
  ['a PDF behind a blank', Buffer.concat([Buffer.from('\n'), pdf()])],
  ['a PDF with an archive behind it', Buffer.concat([pdf(), archive])],
  ['half a PDF', pdf().subarray(0, 30)],
  ['a PDF with a script', pdf('x', '/OpenAction<</S/JavaScript/JS(app.alert(1))>>')],
  ['a PDF that starts a program', pdf('x', '/OpenAction<</S/Launch/F(cmd.exe)>>')],
  [
    'a picture that is a PDF too',
    Buffer.concat([
      jpeg().subarray(0, 20),
      Buffer.from('fffe0012', 'hex'),
      Buffer.from('%PDF-1.4\n%%EOF\n\n'),
      jpeg().subarray(20),
    ]),
  ],
  ['a picture with an archive behind it', Buffer.concat([jpeg(), archive])],
  ['a PNG with a tail', Buffer.concat([png(), Buffer.from('<?php ?>')])],
  ['half a PNG', png().subarray(0, 60)],
  ['a PNG of 61 million pixels', png(61_000, 1_000)],
  ['a PNG of 2^62 pixels', png(0x7fffffff, 0x7fffffff)],
  ['a PNG without pixels', png(0, 5)],
  ['a JPEG of 4 thousand million pixels', jpeg(65_535, 65_535)],
  ['a JPEG without a frame', Buffer.from('ffd8ffe000104a46494600010100000100010000ffd9', 'hex')],
])('refuses %s', async (_, file) => {
  const error = await checkMediaType(file).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(DomainError);
  expect((error as DomainError).code).toBe(file.length === 0 ? 'FILE_MISSING' : 'FILE_TYPE_REFUSED');
});
