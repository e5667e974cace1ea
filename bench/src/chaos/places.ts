import { mkdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeHome } from '@banjie/servers';

export interface Places {
  folder: string;
  home: string;
  state: string;
}

/** Home and state of a seed outlive the run, so that it can be cut off and gone on with. */
export function placesOf(name: string, seed: number): Places {
  const folder = join(realpathSync(tmpdir()), `banjie-chaos-${name}-${seed}`);
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  return { folder, home: join(folder, 'home'), state: join(folder, 'state.json') };
}

export function removePlaces({ folder, home }: Places): void {
  removeHome(home);
  rmSync(folder, { recursive: true, force: true });
}
