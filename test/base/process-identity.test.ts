import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hasEnded, thisProcess } from '../../src/base/process-identity.ts';

const here = thisProcess();

describe('a process as seen from this one', () => {
  it('runs when its pid and start time are those of a running process', () => {
    expect(hasEnded(here, here)).toBe(false);
  });

  it('has ended when nothing has its pid', async () => {
    const child = spawn('true');
    await once(child, 'close');
    expect(hasEnded({ ...here, pid: child.pid ?? 0 }, here)).toBe(true);
  });

  it('has ended when its pid was given to another process', () => {
    expect(hasEnded({ ...here, startTicks: '1' }, here)).toBe(true);
  });

  it('has ended when it is a zombie', async () => {
    // The shell becomes a program that never asks for the status of the child it inherits; the child outlives the shell.
    const parent = spawn('sh', ['-c', 'sleep 0.5 & echo $!; exec sleep 30'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [printed] = await once(parent.stdout, 'data');
    const pid = Number(String(printed));
    await expect.poll(() => readFileSync(`/proc/${pid}/stat`, 'latin1')).toMatch(/\) Z /);
    const startTicks = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[19] ?? '';
    expect(hasEnded({ ...here, pid, startTicks }, here)).toBe(true);
    parent.kill('SIGKILL');
    await once(parent, 'close');
  });

  it('has ended when this machine was started again since', () => {
    expect(hasEnded({ ...here, bootId: 'an earlier boot' }, here)).toBe(true);
  });

  it('is not known to have ended when it runs on another machine', () => {
    expect(hasEnded({ ...here, bootId: 'theirs', hostname: 'theirs', startTicks: '1' }, here)).toBe(false);
  });
});
