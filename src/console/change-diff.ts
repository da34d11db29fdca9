import { html } from 'hono/html';
import type { AskedChange, AskedCopy } from '../approvals/question.ts';
import type { HtmlText } from './page.ts';
import { shownText } from './shown-text.ts';

/** What becomes of a file, line by line. */
export function changeBody({ path, before, after, diff, note }: AskedChange): HtmlText {
  return html`<section class="card">
    <h3>The file ${shownText(path)}</h3>
    ${note === undefined ? '' : html`<p>${shownText(note)}</p>`}
    ${
      diff === undefined
        ? ''
        : html`<figure>
            <figcaption>Lines that go (−) and come (+), as the agent wrote them</figcaption>
            <pre class="diff">${diff.split('\n').map(lineOf)}</pre>
          </figure>`
    }
    <p>SHA-256 before ${hashOf(before, 'no file')}, after ${hashOf(after, 'not known beforehand')}</p>
  </section>`;
}

/** What is copied, where it is not in the arguments. */
export function copyBody({ path, sha256, note }: AskedCopy): HtmlText {
  return html`<section class="card">
    <h3>Copied from ${shownText(path)}</h3>
    <p>${shownText(note)}</p>
    ${sha256 === null ? '' : html`<p>SHA-256 ${hashOf(sha256, '')}</p>`}
  </section>`;
}

function lineOf(line: string): HtmlText {
  const shown = html`<code class="line">${shownText(line === '' ? ' ' : line)}</code>`;
  if (line.startsWith('+')) return html`<ins>${shown}</ins>`;
  if (line.startsWith('-')) return html`<del>${shown}</del>`;
  return shown;
}

function hashOf(hash: string | null, otherwise: string): HtmlText {
  return hash === null ? html`${otherwise}` : html`<code class="hash">${hash}</code>`;
}
