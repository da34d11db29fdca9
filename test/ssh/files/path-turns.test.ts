import { expect, it } from 'vitest';
import { PathTurns } from '../../../src/ssh/files/path-turns.ts';

const never = new AbortController().signal;

it('changes of one file happen one after the other, in the order they came; of others at the same time', async () => {
  const turns = new PathTurns();
  const told: string[] = [];
  const first = Promise.withResolvers<void>();
  const all = [
    turns.take('a', never, async () => {
      await first.promise;
      told.push('a1');
    }),
    turns.take('a', never, async () => void told.push('a2')),
    turns.take('b', never, async () => void told.push('b')),
  ];
  await all[2];
  expect(told).toEqual(['b']);
  first.resolve();
  await Promise.all(all);
  expect(told).toEqual(['b', 'a1', 'a2']);
});

it('who gives up waiting lets nobody pass those before it; who fails holds up nobody', async () => {
  const turns = new PathTurns();
  const gone = new AbortController();
  const first = Promise.withResolvers<void>();
  const told: string[] = [];
  const failing = turns.take('a', never, () => first.promise).catch(() => told.push('failed'));
  const given = turns.take('a', gone.signal, async () => void told.push('never')).catch(() => told.push('gave up'));
  const last = turns.take('a', never, async () => void told.push('last'));
  gone.abort(new Error('enough'));
  await given;
  expect(told).toEqual(['gave up']);
  first.reject(new Error('broken'));
  await Promise.all([failing, last]);
  expect(told).toEqual(['gave up', 'failed', 'last']);
});
