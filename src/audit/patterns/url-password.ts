import { alphanumeric, byteClass, orNonAscii, runEnd } from './byte-class.ts';
import { isPlaceholder } from './placeholder.ts';
import { byteAt, none, unknown, type SecretPattern } from './secret-pattern.ts';

const maxUser = 256;
const maxPassword = 512;
const userBytes = byteClass('!$%&*+.0-9=A-Z^_a-z|~-');
/** With `@`, which not everybody encodes: the last one counts. */
const passwordBytes = orNonAscii(byteClass('!#-.0-;=@-Z^-~\\[\\]'));

/** The password in `scheme://user:password@host` (RFC 3986, section 3.2.1). */
export const urlPassword: SecretPattern = {
  name: 'url_password',
  anchors: ['://'],
  begin: (view, at, from) => {
    if (alphanumeric[byteAt(view, at - 1)] !== 1) return none;
    const { bytes, isWhole } = view;
    const colon = runEnd(view, from, userBytes, maxUser);
    if (colon === bytes.length && !isWhole && colon - from < maxUser) return unknown;
    if (bytes[colon] !== 0x3a) return none;
    const start = colon + 1;
    const end = runEnd(view, start, passwordBytes, maxPassword);
    if (end === bytes.length && !isWhole && end - start < maxPassword) return unknown;
    const length = bytes.subarray(start, end).lastIndexOf(0x40);
    if (length < 1 || isPlaceholder(bytes.toString('latin1', start, start + length))) return none;
    return { kind: 'found', start, end: start + length };
  },
};
