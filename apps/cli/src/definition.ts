import { readFileSync } from 'node:fs';
import { definitionBodySchema } from '@banjie/contracts';
import {
  builtInTables,
  calendarFor,
  checkCalendars,
  checkDefinition,
  DomainError,
  mergeCalendars,
  parseCalendarFile,
  type CalendarTables,
  type MatterDefinition,
} from '@banjie/domain';
import { matterDefinitions } from '@banjie/persistence';
import { type Options, readOptions } from './options';

const help = `用法:npx banjie definition list [--json]
      npx banjie definition show 事项 [--version N]
      npx banjie definition check 文件 [--region 代码] [--calendar 文件]

list   列出本版本自带的事项定义
show   以 JSON 输出一个事项的定义,不写 --version 则为最新一版
check  核对一个事项定义(JSON),与提交新版本草案时的核对相同:环节、时限、暂停、延长、理由、材料、表格,以及时限有没有日历

  --region 代码     办理该事项的地区,六位代码,可重复;不写则为 450200
  --calendar 文件   增补地区日历的文件,格式见 docs/calendar-file.md
`;

const defaultRegion = '450200';

/**
 * `banjie definition`: the same checks that a draft of a new version meets at the API. Exit code 0, or 2 through DomainError:
 * DEFINITION_FAULTY with every sentence, BAD_DEFINITION_FILE, BAD_USAGE.
 */
export function definition(args: string[]): number {
  const [verb, ...rest] = args;
  const named = rest[0] !== undefined && !rest[0].startsWith('-') ? rest[0] : undefined;
  const options = readOptions(named === undefined ? rest : rest.slice(1), {
    version: 'string',
    region: 'string',
    calendar: 'string',
    json: 'boolean',
    help: 'boolean',
  });
  if (verb === '--help' || verb === '-h' || options.flag('help')) {
    process.stdout.write(help);
    return 0;
  }
  switch (verb) {
    case 'list':
      process.stdout.write(list(options.flag('json')));
      return 0;
    case 'show':
      process.stdout.write(`${JSON.stringify(found(named, options.one('version')), null, 2)}\n`);
      return 0;
    case 'check':
      process.stdout.write(check(named, options));
      return 0;
    default:
      throw new DomainError('BAD_USAGE', { reason: '须为 definition list、show 或 check' });
  }
}

function list(asJson: boolean): string {
  const entries = matterDefinitions.map(({ matter, version, procedure, label, effectiveFrom }) => ({
    ...{ matter, version, procedure, label, effectiveFrom },
  }));
  if (asJson) return `${JSON.stringify(entries)}\n`;
  return entries
    .map(({ matter, version, procedure, label, effectiveFrom }) =>
      [procedure.padEnd(6), `${matter} ${version}`.padEnd(28), effectiveFrom, label].join('  '),
    )
    .map((line) => `${line}\n`)
    .join('');
}

function found(matter: string | undefined, version: string | undefined): MatterDefinition {
  if (matter === undefined) throw new DomainError('BAD_USAGE', { reason: '缺少事项,可用 definition list 查看' });
  const known = matterDefinitions.filter((entry) => entry.matter === matter);
  const wanted = version === undefined ? known.at(-1) : known.find((entry) => String(entry.version) === version);
  if (wanted) return wanted;
  const versions = known.map((entry) => entry.version).join('、');
  const reason =
    known.length === 0
      ? `没有事项“${matter.slice(0, 60)}”,可用 definition list 查看`
      : `没有这一版,已有的是第 ${versions} 版`;
  throw new DomainError('BAD_USAGE', { reason });
}

function check(file: string | undefined, options: Options): string {
  if (file === undefined) throw new DomainError('BAD_USAGE', { reason: '缺少要核对的文件' });
  const read = readDefinition(file);
  const calendarFile = options.one('calendar');
  const tables = calendarFile === undefined ? builtInTables : readTables(calendarFile);
  const given = options.all('region');
  const regions = given.length > 0 ? given : [defaultRegion];
  const faults = [...checkDefinition(read), ...checkCalendars(read, regions, (region) => hasCalendar(region, tables))];
  if (faults.length > 0) throw new DomainError('DEFINITION_FAULTY', { reason: faults.join(';'), faults }, 'definition');
  return `${read.label}(${read.matter}):${read.stages.length} 个环节、${read.clocks.length} 个时限,没有发现错误\n`;
}

/** What `show` prints, or the same without version and date, as a draft is handed in. */
function readDefinition(file: string): MatterDefinition {
  const bad = (reason: string) => new DomainError('BAD_DEFINITION_FILE', { at: file, reason });
  let given: unknown;
  try {
    given = JSON.parse(textOf(file, bad));
  } catch (error) {
    throw error instanceof DomainError ? error : bad('不是 JSON');
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw bad('须为一个 JSON 对象');
  const { version = 1, effectiveFrom = '', ...body } = given as Record<string, unknown>;
  const { success, data, error } = definitionBodySchema.safeParse(body);
  if (success) return { ...data, version, effectiveFrom } as MatterDefinition;
  const places = error.issues.map((issue) => {
    const at = issue.path.join('.') || '定义';
    return issue.code === 'unrecognized_keys'
      ? `${at} 有不认识的栏目 ${issue.keys.join('、')}`
      : `${at} 的值有误或缺少`;
  });
  throw bad(places.slice(0, shownPlaces).join(';'));
}

const shownPlaces = 10;

function readTables(file: string): CalendarTables {
  const text = textOf(file, (reason) => new DomainError('BAD_CALENDAR_FILE', { at: file, reason }));
  return mergeCalendars(builtInTables, parseCalendarFile(text));
}

function textOf(file: string, bad: (reason: string) => DomainError): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw bad((error as NodeJS.ErrnoException).code === 'ENOENT' ? '文件不存在' : '文件无法读取');
  }
}

function hasCalendar(region: string, tables: CalendarTables): boolean {
  try {
    calendarFor(region, tables);
    return true;
  } catch (error) {
    if (error instanceof DomainError) return false;
    throw error;
  }
}
