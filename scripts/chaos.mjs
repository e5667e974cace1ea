// `npm run chaos -- NAME…`: compiles what is stale and breaks things. The last line of stdout is the result as JSON.
import { runProofs } from './prove.mjs';

await runProofs('chaos');
