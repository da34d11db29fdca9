import { commandTexts } from './action.ts';
import { catastropheIn } from './catastrophes.ts';
import type { Rule } from './evaluate.ts';
import { readingOf } from './readings.ts';

/** What nobody may approve, whatever else is allowed: it destroys the host, or takes it over. */
export const catastrophic: Rule = {
  id: 'builtin:catastrophic',
  judge(_caller, action) {
    for (const text of commandTexts(action)) {
      const catastrophe = catastropheIn(readingOf(text));
      if (catastrophe !== undefined) {
        const justification = `Refused, and nobody can approve it: ${catastrophe}`;
        return { decision: 'deny', code: 'denied_by_policy', justification };
      }
    }
    return undefined;
  },
};
