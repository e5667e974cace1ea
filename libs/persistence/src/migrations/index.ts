import { FirstGround1763856000000 } from './1763856000000-first-ground';

export const migrations = [FirstGround1763856000000];
