import { DomainError } from '@banjie/domain';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { ReadLimits } from '../file-report';

/** A message of ISO 20022 as a reader asks for it: any of these versions, all with this element below `Document`. */
export interface ExpectedMessage {
  /** Chinese, for the sentence that refuses another file. */
  label: string;
  versions: readonly string[];
  element: string;
}

export const namespaceOf = (version: string): string => `urn:iso:std:iso:20022:tech:xsd:${version}`;

/**
 * Parses a message after looking for what it may not hold. Before the parser sees a character: encoding (UTF-8, as
 * ISO 20022 prescribes), document type and entity declarations, CDATA, entities other than the five of XML, the number
 * of elements and attributes. So nothing can be fetched, and nothing unfolds to more than the file is long.
 * @throws DomainError BANK_FILE_ENCODING, BANK_FILE_FORBIDDEN_MARKUP, BANK_FILE_TOO_LARGE, BANK_FILE_BROKEN, BANK_FILE_KIND
 */
export function parseMessage(
  bytes: Buffer,
  { label, versions, element }: ExpectedMessage,
  { maxParts }: ReadLimits,
): { message: XmlElement; hasBom: boolean } {
  const hasBom = bytes.subarray(0, 3).equals(utf8Bom);
  const text = decode(bytes);
  refuseMarkup(text, maxParts);
  const checked = XMLValidator.validate(text);
  if (checked !== true) throw broken(`第 ${checked.err.line} 行`);
  let parsed: unknown;
  try {
    parsed = parser.parse(text);
  } catch {
    throw broken('报文结构'); // nested deeper than any message of ours
  }
  const [[name, raw] = ['', undefined]] = Object.entries(parsed as Record<string, unknown>);
  const prefix = name.includes(':') ? name.slice(0, name.indexOf(':') + 1) : '';
  const wrongKind = (reason: string) => new DomainError('BANK_FILE_KIND', { expected: label, reason });
  if (name !== `${prefix}Document`) throw wrongKind('根元素不是 Document');
  const document = new XmlElement('Document', raw, prefix);
  const namespace = document.attribute(prefix === '' ? 'xmlns' : `xmlns:${prefix.slice(0, -1)}`);
  if (!versions.some((version) => namespace === namespaceOf(version))) {
    throw wrongKind(`命名空间不是 ${versions.join(' 或 ')}`);
  }
  const message = document.find(element);
  if (!message) throw wrongKind(`没有 ${element}`);
  return { message, hasBom };
}

/** One element. Look-ups take the names of the schema and refuse what stands there twice. */
export class XmlElement {
  constructor(
    private readonly path: string,
    private readonly raw: unknown,
    private readonly prefix: string,
  ) {}

  all(name: string): XmlElement[] {
    const found = (this.raw as Record<string, unknown> | string | undefined) ?? '';
    if (typeof found === 'string') return [];
    const children = Object.hasOwn(found, this.prefix + name) ? found[this.prefix + name] : [];
    const list: unknown[] = Array.isArray(children) ? children : [children];
    return list.map((raw) => new XmlElement(`${this.path}/${name}`, raw, this.prefix));
  }

  /** @throws DomainError BANK_FILE_ELEMENT when there are two */
  find(name: string): XmlElement | undefined {
    const [only, second] = this.all(name);
    if (second) throw new DomainError('BANK_FILE_ELEMENT', { element: `${this.path}/${name}` });
    return only;
  }

  /** @throws DomainError BANK_FILE_ELEMENT when there is none, or two */
  get(name: string): XmlElement {
    const only = this.find(name);
    if (!only) throw new DomainError('BANK_FILE_ELEMENT', { element: `${this.path}/${name}` });
    return only;
  }

  /** The text at `A/B/C`, or undefined where one of them is missing. */
  text(path: string): string | undefined {
    let element: XmlElement | undefined = new XmlElement(this.path, this.raw, this.prefix);
    for (const name of path.split('/')) element = element?.find(name);
    return element?.ownText();
  }

  /** @throws DomainError BANK_FILE_ELEMENT when the text is missing or empty */
  getText(path: string): string {
    const text = this.text(path);
    if (text === undefined || text === '')
      throw new DomainError('BANK_FILE_ELEMENT', { element: `${this.path}/${path}` });
    return text;
  }

  /** An amount's digits at `path`, or undefined when it is missing or in another currency than 人民币. */
  yuan(path: string): string | undefined {
    const steps = path.split('/');
    let element: XmlElement | undefined = new XmlElement(this.path, this.raw, this.prefix);
    for (const name of steps) element = element?.find(name);
    return element?.attribute('Ccy') === 'CNY' ? element.ownText() : undefined;
  }

  attribute(name: string): string | undefined {
    const value =
      typeof this.raw === 'object' && this.raw !== null ? (this.raw as Record<string, unknown>)[`@${name}`] : '';
    return typeof value === 'string' && value !== '' ? unescape(value) : undefined;
  }

  /** The element's own text, `''` without any. */
  ownText(): string {
    const value =
      typeof this.raw === 'object' && this.raw !== null ? (this.raw as Record<string, unknown>)['#text'] : this.raw;
    return typeof value === 'string' ? unescape(value) : '';
  }
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  ignoreDeclaration: true,
  ignorePiTags: true,
  // 0012.50 must stay what it is, and a name's spaces are the bank's.
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
  maxNestedTags: 40,
  jPath: false, // paths as strings are for callbacks; we have none
});

const utf8Bom = Buffer.from([0xef, 0xbb, 0xbf]);

function decode(bytes: Buffer): string {
  const wrong = (reason: string) => new DomainError('BANK_FILE_ENCODING', { expected: 'UTF-8', reason });
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw wrong('含有不属于该编码的字节');
  }
  const declared = /^<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']/.exec(text)?.[1];
  if (declared !== undefined && declared.toLowerCase() !== 'utf-8') throw wrong('报文自己声明了另一种编码');
  return text;
}

function refuseMarkup(text: string, maxParts: number): void {
  const forbidden = (markup: string) => new DomainError('BANK_FILE_FORBIDDEN_MARKUP', { markup });
  const declaration = /<!(?!--)(?:\[CDATA|\w*)/.exec(text)?.[0];
  if (declaration !== undefined) throw forbidden(declaration === '<![CDATA' ? 'CDATA' : 'DOCTYPE 或实体声明');
  if (/&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)/.test(text)) throw forbidden('实体引用');
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text)) throw broken('含有控制字符');
  // The checker takes half a second for each MB of a tag's words; no tag of ours is longer than a namespace.
  if (/<[^<>]{4096}/.test(text)) throw broken('有一个标签过长');
  for (const [, name = ''] of text.matchAll(/&(#\w+);/g)) {
    if (!isCharacter(codeOf(name))) throw broken('字符编号无效');
  }
  const part = /<[^/]|=/g; // the start of an element, the sign of an attribute
  for (let parts = 0; part.test(text); parts += 1) {
    if (parts >= maxParts) throw new DomainError('BANK_FILE_TOO_LARGE', { limit: `${maxParts} 个元素` });
  }
}

const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The five names and character numbers; the parser leaves the numbers as they are and would take HTML's names. */
function unescape(text: string): string {
  return text.replace(/&(#?\w+);/g, (_, name: string) => named[name] ?? String.fromCodePoint(codeOf(name)));
}

/** `#x6d4b` or `#28204` as a number. */
const codeOf = (name: string): number => (name[1] === 'x' ? parseInt(name.slice(2), 16) : Number(name.slice(1)));

/** A character of XML 1.0. */
function isCharacter(code: number): boolean {
  if (code < 0x20) return code === 9 || code === 10 || code === 13;
  return code < 0xd800 || (code > 0xdfff && code < 0xfffe) || (code > 0xffff && code <= 0x10ffff);
}

const broken = (at: string) => new DomainError('BANK_FILE_BROKEN', { at });
