export { startJobs, type RunningJobs } from './start-jobs';
export { readSettings, Settings, type Rhythm } from './settings';
