export { readSettings, Settings, SettingsFault } from './settings';
export { startApi, type RunningApi } from './start-api';
