export { run, type RunOptions } from './main';
export { readRunFile, runFilePath, writeRunFile, type RunFile } from './run-file';
export { startSteps, type StartStep, type StepContext } from './steps';
