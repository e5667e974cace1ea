import { namespaceOf } from './xml-reader';

/** Content of an element: text, or elements in the order of the schema; what is undefined is left out. */
export type XmlContent = string | readonly (XmlPiece | undefined)[];
export type XmlPiece = readonly [name: string, content: XmlContent, attributes?: Readonly<Record<string, string>>];

/** A message of ISO 20022 as UTF-8 without a mark, one element per line, nothing that depends on the day or the machine. */
export function writeMessage(version: string, content: XmlPiece): Buffer {
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>'];
  write(['Document', [content], { xmlns: namespaceOf(version) }], '', lines);
  return Buffer.from(`${lines.join('\n')}\n`, 'utf8');
}

function write([name, content, attributes = {}]: XmlPiece, indent: string, lines: string[]): void {
  const start =
    name +
    Object.entries(attributes)
      .map(([key, value]) => ` ${key}="${escape(value)}"`)
      .join('');
  if (typeof content === 'string') {
    lines.push(`${indent}<${start}>${escape(content)}</${name}>`);
    return;
  }
  lines.push(`${indent}<${start}>`);
  for (const piece of content) if (piece) write(piece, `${indent} `, lines);
  lines.push(`${indent}</${name}>`);
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => escapes[character] ?? character);
}
