import { html } from 'hono/html';
import { formTokenField, type HtmlText } from './page.ts';
import type { WebLogin } from './web-logins.ts';

export interface OperatorForm {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
  /** Keeps the focus where it is when the page is renewed. */
  readonly id: string;
  readonly words: string;
  /** What else a person hears who does not see where the button stands. */
  readonly of?: string;
}

/** A button for operators; nothing for anybody else. */
export function operatorForm(login: WebLogin, { action, fields, id, words, of }: OperatorForm): HtmlText | '' {
  if (!login.roles.has('operator')) return '';
  return html`<form method="post" action="${action}">
    ${formTokenField(login)}
    ${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
    <button type="submit" class="decline" id="${id}">
      ${words}${of === undefined ? '' : html`<span class="unseen"> ${of}</span>`}
    </button>
  </form>`;
}
