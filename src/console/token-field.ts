import { html } from 'hono/html';
import type { HtmlText } from './page.ts';

const problemId = 'problem';

/** What is wrong with what was sent, for people who look and for people who listen; nothing where nothing is. */
export function problemNote(problem: string | undefined): HtmlText | '' {
  return problem === undefined ? '' : html`<p role="alert" id="${problemId}">${problem}</p>`;
}

/** The field for a token, which a browser may keep as it keeps passwords. `problemNote` stands on the same page. */
export function tokenField(
  { name, label }: { readonly name: string; readonly label: string },
  problem: string | undefined,
): HtmlText {
  return html`<label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      type="password"
      autocomplete="current-password"
      autocapitalize="none"
      spellcheck="false"
      maxlength="1024"
      required
      ${problem === undefined ? '' : html`aria-invalid="true" aria-describedby="${problemId}"`}
    />`;
}
