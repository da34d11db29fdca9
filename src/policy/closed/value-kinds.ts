import type { Argument } from './argument.ts';
import { fine, unknownYet, unlisted, type Remarks } from './finding.ts';
import { countRemarks, lookRemarks, readRemarks, writeRemarks } from './path-remarks.ts';
import type { Scene } from './scene.ts';

/** What a value or an operand may be, and what there is to say of one. */
type Kind = (argument: Argument, scene: Scene) => Remarks;

/** Names of things: units, containers, packages, interfaces, zones. They can be no option and no path. */
const thing = /^[A-Za-z0-9][A-Za-z0-9@:_.\-+~\\]*$/;

const number = /^\d{1,9}(?:\.\d{1,9})?$/;

/** Nothing in it starts a path or an address. */
const shapes: Readonly<Record<string, RegExp>> = {
  int: /^-?\d{1,9}$/,
  num: number,
  size: /^[-+]?\d{1,12}(?:\.\d+)?[A-Za-z]{0,3}$/,
  sep: /^.{0,3}$/su,
  name: thing,
  names: /^[A-Za-z0-9][A-Za-z0-9@:_.\-+~\\]*(?:[,\s][A-Za-z0-9@:_.\-+~\\]+)*$/,
  mask: /^[0-9a-fA-Fx,-]+$/,
  unit: /^[A-Za-z0-9*?][A-Za-z0-9@:_.\-+~\\*?[\]]*$/,
  text: /^/,
  /** Text that is printed through a format: no widths that fill the memory. */
  format: /^(?!.*\d{5})/s,
};

const pathKinds: Readonly<Record<string, Kind>> = {
  look: lookRemarks,
  read: readRemarks,
  count: countRemarks,
  write: writeRemarks,
};

const cache = new Map<string, Kind>();

/** The kind with this name: one of ours, `int<=N`, `num<=N`, or words with `|` between them. */
export function valueKind(name: string): Kind {
  const known = cache.get(name) ?? makeKind(name);
  cache.set(name, known);
  return known;
}

function makeKind(name: string): Kind {
  const path = pathKinds[name];
  if (path !== undefined) return path;
  const bounded = /^(int|num)<=(\d+)$/.exec(name);
  if (bounded) return numberUpTo(Number(bounded[2]));
  const shape = shapes[name];
  if (shape !== undefined) return shaped(name, shape);
  const choices = new Set(name.split('|'));
  return (argument) =>
    argument.kind === 'known' && choices.has(argument.text)
      ? fine
      : unlisted(`is not one of ${name.replaceAll('|', ', ')}`);
}

function shaped(name: string, shape: RegExp): Kind {
  return (argument) => {
    switch (argument.kind) {
      case 'known':
        return shape.test(argument.text) ? fine : unlisted(`\`${argument.text}\` is no ${name}`);
      case 'guarded':
        return fine;
      case 'glob':
      case 'opaque':
        return unknownYet('an argument is known only when it runs');
    }
  };
}

function numberUpTo(limit: number): Kind {
  return (argument) => {
    if (argument.kind === 'guarded' || argument.kind === 'opaque')
      return unknownYet('a number is known only when it runs');
    const isFine = argument.kind === 'known' && number.test(argument.text) && Number(argument.text) <= limit;
    return isFine ? fine : unlisted(`must be a number of at most ${limit}`);
  };
}
