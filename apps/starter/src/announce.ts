import { postLabels } from '@banjie/domain';
import type { RunFile } from './run-file';

/** What a person sees when everything stands: addresses, sign-ins, what to try next. The last line is the caller's. */
export function announcement(run: RunFile, homePath: string): string[] {
  const { addresses, demo } = run;
  const lines = [
    '',
    '地址',
    `  接口            ${addresses?.api}`,
    `  接口说明        ${addresses?.docs}(${addresses?.openapi})`,
    ...(addresses?.temporalUi === undefined ? [] : [`  Temporal 页面   ${addresses.temporalUi}`]),
    `  模拟银行        ${addresses?.bank}`,
    `  数据与日志      ${homePath}`,
  ];
  if (demo !== undefined) {
    lines.push('', `演示账号(口令均为 ${demo.password},也记在 run.json)`);
    for (const { username, displayName, posts, agencyName } of demo.accounts) {
      lines.push(
        `  ${username.padEnd(12)} ${displayName}  ${posts.map((post) => postLabels[post]).join('、')}  ${agencyName}`,
      );
    }
  }
  lines.push(
    '',
    '接下来可以试',
    '  npx banjie demo                  把 examples/ 里的申请从收件办到拨付',
    '  npx banjie deadline --start 2025-06-03T10:00 --working-days 18',
    '  Ctrl-C                           停止(数据保留,npm run reset 清除)',
    '',
  );
  return lines;
}
