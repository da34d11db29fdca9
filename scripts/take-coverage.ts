import { takeCoverage } from 'node:v8';
import { afterAll } from 'vitest';

// A worker is ended before V8 writes what it has counted.
afterAll(() => takeCoverage());
