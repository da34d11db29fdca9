/** Records the first run, as it happens on this machine, as the picture in the README. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../test/fixtures/ports.ts';

const launcher = join(import.meta.dirname, '../bin/sallyport');
const target = join(import.meta.dirname, '../docs/first-run.svg');
const lastLineShown = 'Cursor (~/.cursor/mcp.json):';
const [lineHeight, charWidth, margin] = [19, 8.4, 18];

const directory = mkdtempSync(join(tmpdir(), 'sallyport-picture-'));
const [port = 0] = await freePorts(1);
const output = await firstRun();
rmSync(directory, { recursive: true });

const lines = ['$ npm start', ...output.slice(0, output.indexOf(lastLineShown) - 1)]
  .map((line) => line.replaceAll(/tok_\w{6}\w+/g, (token) => `${token.slice(0, 10)}…`).replaceAll(String(port), '8000'))
  .map((line) => line.replaceAll(/\/\S*sallyport-demo-\w+/g, '/tmp/sallyport-demo-x7Qp2a'));
writeFileSync(target, svg(lines));
console.log(`wrote ${target}`);

function firstRun(): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env['PATH'], HOME: directory };
    const child = spawn(launcher, ['serve', '--demo', '--port', String(port)], { cwd: directory, env });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes(lastLineShown)) child.kill('SIGTERM');
    });
    child.once('error', reject);
    child.once('exit', () => resolve(text.split('\n')));
  });
}

function svg(shown: readonly string[]): string {
  const width = Math.ceil(Math.max(...shown.map(({ length }) => length)) * charWidth + 2 * margin);
  const height = shown.length * lineHeight + 2 * margin;
  const texts = shown.map((line, n) => {
    const colour = line.startsWith('$') || line.startsWith('✓') ? ' fill="#7ee787"' : '';
    return `<text x="${margin}" y="${margin + (n + 0.75) * lineHeight}"${colour}>${escape(line)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="The first run in a terminal">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" fill="#e6edf3" xml:space="preserve">
${texts.join('\n')}
</g>
</svg>
`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
