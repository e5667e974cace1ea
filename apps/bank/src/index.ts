export { startBank, type RunningBank } from './start-bank';
