import express, { type RequestHandler } from 'express';

/** A statement of 5 000 lines as JSON is about 1.5 MB; everything else is small. */
export const jsonBodies: [path: string, handler: RequestHandler][] = [
  ['/api/filings', express.json({ limit: '5mb', strict: true })],
  ['/api', express.json({ limit: '1mb', strict: true })],
];
