import { isWordStart } from './byte-class.ts';
import { maxRestBytes, none, unknown, type Rest, type SecretPattern, type View } from './secret-pattern.ts';

/** Longest line of a block that is looked at as one; what is longer is looked at in pieces. */
const maxLine = 256;
const maxHeading = 96;

/** A private key in PEM (RFC 7468), OpenSSH's, PuTTY's or OpenPGP's form, also with its lines escaped, indented or in a diff. */
export const privateKey: SecretPattern = {
  name: 'private_key',
  anchors: ['-----BEGIN', '---- BEGIN SSH2', 'Private-Lines:'],
  begin: (view, at) => {
    const { bytes, isWhole } = view;
    const heading = bytes.toString('latin1', at, at + maxHeading);
    const [found] =
      /^-{4,5} ?BEGIN[A-Z0-9 ]*PRIVATE KEY(?: BLOCK)? ?-{4,5}|^Private-Lines: ?\d{1,4}/.exec(heading) ?? [];
    if (found !== undefined) {
      const isCut = heading.length === found.length && !isWhole && heading.length < maxHeading;
      return isCut ? unknown : { kind: 'found', start: at, end: at + found.length, rest: restOfKey() };
    }
    const isOpen = !isWhole && heading.length < maxHeading && /^[A-Za-z0-9: -]*$/.test(heading);
    return isOpen ? unknown : none;
  },
};

const kinds = ['', 'RSA ', 'EC ', 'DSA ', 'OPENSSH ', 'ENCRYPTED '];

/** The same in base64, as in a kubeconfig. */
export const encodedPrivateKey: SecretPattern = {
  name: 'private_key',
  anchors: kinds.map((kind) => {
    const text = Buffer.from(`-----BEGIN ${kind}PRIVATE KEY`).toString('base64').replace(/=+$/, '');
    // The last character depends on what follows.
    return text.slice(0, -1);
  }),
  begin: (view, at, end) => (isWordStart(view, at) ? { kind: 'found', start: at, end, rest: restOfKey() } : none),
};

const ending = /-{4,5} ?END[A-Z0-9 ]{0,60}-{4,5}/;
const prefix = String.raw`[ \t+>|#*-]{0,40}(?:\d{1,6}[:-])?`;
const body = new RegExp(String.raw`^${prefix}(?:[A-Za-z0-9+/=]|\[redacted\])*[\\\s]*$`);
const header = new RegExp(String.raw`^${prefix}[A-Za-z][A-Za-z0-9-]{0,40}: `);
const long = /^[A-Za-z0-9+/=]{40,}/;

/** Line by line up to the end of the block, or to a line that cannot belong to one. */
function restOfKey(): Rest {
  let left = maxRestBytes;
  let mayHaveHeaders = true;
  return {
    next: (view, from) => {
      let at = from;
      while (left > 0) {
        const line = nextLine(view, at);
        if (line === undefined) return { end: at, done: false };
        const { text } = line;
        const start = at + line.newline;
        const end = ending.exec(text);
        if (end) return { end: start + end.index + end[0].length, done: true };
        const isHeader = mayHaveHeaders && header.test(text);
        if (text.trim() === '' && (!mayHaveHeaders || start === view.bytes.length)) return { end: at, done: true };
        if (!isHeader && !body.test(text)) {
          const [run] = long.exec(text) ?? [];
          return { end: run === undefined ? at : start + run.length, done: true };
        }
        if (!isHeader && /[A-Za-z0-9+/=]/.test(text)) mayHaveHeaders = false;
        left -= start + text.length - at;
        at = start + text.length;
      }
      return { end: at, done: true };
    },
  };
}

interface Line {
  readonly text: string;
  /** Bytes of the newline before it, or of what is written for one as an escape. */
  readonly newline: number;
}

/** Undefined where the line may go on. */
function nextLine({ bytes, isWhole }: View, at: number): Line | undefined {
  const window = bytes.toString('latin1', at, at + maxLine);
  const newline = window.startsWith('\n') ? 1 : window.startsWith('\\n') ? 2 : 0;
  const end = window.slice(newline).search(/\n|\\n/);
  if (end !== -1) return { text: window.slice(newline, newline + end), newline };
  return window.length === maxLine || isWhole ? { text: window.slice(newline), newline } : undefined;
}
