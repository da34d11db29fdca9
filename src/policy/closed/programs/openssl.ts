import { textOf } from '../argument.ts';
import type { FormText } from '../closed-form.ts';
import { fine, unlisted, type Remarks } from '../finding.ts';
import type { Arguments } from '../read-options.ts';

/** Certificates are public; what else a `.pem` file may hold is not. */
const certificate =
  /^(?:(?!.*(?:priv|key)).*\.(?:crt|cer)|(?!.*(?:priv|key))\/etc\/(?:ssl|letsencrypt|nginx|apache2|httpd|pki|haproxy)\/(?!.*\.\.).*\.pem)$/i;

export const openssl: readonly FormText[] = [
  { verbs: 'version', options: '-a -v -d -b -o -p', style: 'words' },
  {
    verbs: 'x509',
    style: 'words',
    options:
      '-noout -text -subject -issuer -dates -startdate -enddate -serial -fingerprint -sha1 -sha256 -md5 -modulus -pubkey -purpose -email -hash ' +
      '-ext=text -nameopt=text -checkend=int -checkhost=text -ocsp_uri -issuer_hash -subject_hash -alias -certopt=text -dateopt=text -in=text -inform=PEM|DER',
    needs: '-noout',
    also: certificatesOnly,
  },
  {
    verbs: 'verify',
    style: 'words',
    options: '-CAfile=text -untrusted=text -verbose -show_chain -purpose=text',
    operands: 'text*',
    also: certificatesOnly,
  },
  { verbs: 'ciphers', style: 'words', options: '-v -V -s -tls1_2 -tls1_3', operands: 'text?' },
];

function certificatesOnly({ options, operands }: Arguments): Remarks {
  const files = [
    ...operands,
    ...options.flatMap(({ name, value }) => (value && /^-(?:in|CAfile|untrusted)$/.test(name) ? [value] : [])),
  ];
  const isFine = files.every((word) => {
    const text = word.kind === 'guarded' || word.kind === 'glob' ? word.text.replaceAll(/[\0*?]/g, 'x') : textOf(word);
    return certificate.test(text ?? '');
  });
  return isFine ? fine : unlisted('reads what may be no certificate');
}
