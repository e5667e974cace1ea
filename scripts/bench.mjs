// `npm run bench -- NAME…`: compiles what is stale and measures. The last line of stdout is the result as JSON.
import { runProofs } from './prove.mjs';

await runProofs('bench');
