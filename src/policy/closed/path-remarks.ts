import { isPlain, isUnknown, type NameGlob } from '../paths/name-glob.ts';
import { isOnePath, type PathShape } from '../paths/path-pattern.ts';
import { showPath, type Doubt, type PathReading } from '../paths/read-path.ts';
import type { Argument } from './argument.ts';
import { asked, denied, fine, unknownYet, type Remarks } from './finding.ts';
import {
  devices,
  homeDotFiles,
  ordinaryTrees,
  plainDotFiles,
  protectedReads,
  protectedWrites,
  readableDevices,
  readableTrees,
  telltaleNames,
  writablePlaces,
} from './protected-paths.ts';
import { pathOf, type Scene } from './scene.ts';

/** What there is to say of reading a file. */
export function readRemarks(argument: Argument, scene: Scene): Remarks {
  if (argument.kind === 'known' && argument.text === '-') return fine;
  return along(pathOf(argument, scene), readOne);
}

/** What there is to say of counting what is in a file. */
export function countRemarks(argument: Argument, scene: Scene): Remarks {
  return readRemarks(argument, scene).filter(({ code }) => code !== 'path_may_be_protected');
}

/** What there is to say of reading a directory with all that is in it, as one of those that may be read whole. */
export function readTreeRemarks(argument: Argument, scene: Scene): Remarks {
  return along(pathOf(argument, scene), (shape) => [...readOne(shape), ...heldIn(shape, 'listed')]);
}

/** What there is to say of reading a directory of which nothing is wanted but that nothing in it is protected. */
export function readHeldRemarks(argument: Argument, scene: Scene): Remarks {
  return along(pathOf(argument, scene), (shape) => [...readOne(shape), ...heldIn(shape, 'any')]);
}

/** What there is to say of a profile that may write, writing a file or making one. */
export function writeRemarks(argument: Argument, scene: Scene): Remarks {
  return along(pathOf(argument, scene), writeOne);
}

/** What there is to say of a path that is only looked at: where it leads does not matter. */
export function lookRemarks(argument: Argument, scene: Scene): Remarks {
  const reading = pathOf(argument, scene);
  if (reading === undefined) return unknownYet('which path it is');
  return reading.doubts.has('unknown_home') ? doubtful('unknown_home') : fine;
}

function along(reading: PathReading | undefined, judge: (shape: PathShape) => Remarks): Remarks {
  if (reading === undefined) return unknownYet('which path it is');
  return [...[...reading.doubts].flatMap(doubtful), ...reading.shapes.flatMap(judge)];
}

function doubtful(doubt: Doubt): Remarks {
  switch (doubt) {
    case 'above_home':
      return asked('path_above_home', 'a path leads out of the home directory');
    case 'through_parent':
      return asked('path_through_parent', 'a path has `..` behind a directory that may be a link; write it without');
    case 'unknown_directory':
      return asked('unknown_directory', 'a path is relative to a directory that is not known; write it from the root');
    case 'through_kernel':
      return denied('path_protected', 'a path has `..` in a tree of links');
    case 'unknown_home':
      return denied('path_protected', 'only ~ and ~root are known as homes');
  }
}

export function readOne(shape: PathShape): Remarks {
  const path = showPath(shape);
  if (devices.has(shape) !== 'no') {
    return isOnePath(shape) && readableDevices.has(shape) === 'certain' ? fine : secret(path);
  }
  const membership = protectedReads.has(shape);
  if (membership === 'certain' || telltaleNames.names(shape)) return secret(path);
  if (homeDotFiles.has(shape) !== 'no' && plainDotFiles.has(shape) === 'no') return secret(path);
  if (membership === 'no' || ordinaryTrees.has(shape) !== 'no' || shape.names.every(isHeld)) return fine;
  return asked('path_may_be_protected', `${path} may match a file that is protected; name the files`);
}

/** Certain, or a whole name that the guard of the canonical form holds to names that are not protected. */
function isHeld(name: NameGlob): boolean {
  return isPlain(name) || (name.length === 1 && isUnknown(name));
}

function secret(path: string): Remarks {
  return denied('path_protected', `${path} is protected: it holds secrets or is not for reading`);
}

/** A tree that holds something protected by its path is asked about. */
function heldIn(shape: PathShape, trees: 'listed' | 'any'): Remarks {
  if (protectedReads.isBelow(shape)) {
    return asked('tree_holds_protected', `something below ${showPath(shape)} is protected`);
  }
  if (trees === 'any' || (isOnePath(shape) && readableTrees.has(shape) === 'certain')) return fine;
  return [
    { severity: 'unlisted', code: 'unlisted_tree', text: `${showPath(shape)} is no tree that may be read whole` },
  ];
}

export function writeOne(shape: PathShape): Remarks {
  const path = showPath(shape);
  switch (protectedWrites.has(shape)) {
    case 'certain':
      return denied('path_protected', `${path} is protected: nothing is written there`);
    case 'possible':
      return asked('path_may_be_protected', `${path} may match a file that is protected; name the files`);
    case 'no':
      if (writablePlaces.has(untilPattern(shape)) === 'certain') return fine;
      return asked('write_elsewhere', `${path} is neither below /tmp, /var/tmp nor the home directory`);
  }
}

/** The directory in which all lies that the shape may stand for. */
function untilPattern({ root, names }: PathShape): PathShape {
  const open = names.findIndex((name) => !isPlain(name));
  return { root, names: open === -1 ? names : names.slice(0, open) };
}
