import { StreamableFile } from '@nestjs/common';

export const pdfType = 'application/pdf';
export const xlsxType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
export const bytesType = 'application/octet-stream';

/** A download; its name may be Chinese. */
export const fileOf = (content: Buffer, type: string, name: string): StreamableFile =>
  new StreamableFile(content, {
    ...{ type, length: content.length, disposition: `attachment; filename*=UTF-8''${encodeURIComponent(name)}` },
  });
