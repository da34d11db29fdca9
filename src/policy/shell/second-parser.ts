import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** Another parser of shell text, of other people's making. */
export interface SecondParser {
  /** How many statements it finds at the top of the text; undefined where it takes the text for none. */
  statementsIn(text: string): number | undefined;
}

/** What the types of Node leave out. */
declare const WebAssembly: {
  readonly RuntimeError: new () => Error;
  readonly Instance: new (module: Module, imports: object) => { readonly exports: unknown };
  compile(bytes: Uint8Array): Promise<Module>;
};
type Module = { readonly kind?: 'module' };

/** What the Go program exports, and the part of it that we call. */
interface GoProgram {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly wasmAlloc: (bytes: number) => number;
  readonly wasmFree: (pointer: number) => void;
  readonly process: (...values: readonly (number | boolean)[]) => number;
}

interface GoRuntime {
  readonly importObject: object;
  run(instance: object): Promise<unknown>;
}

const bash = 1;
/** Its memory grows and never shrinks. */
const textsPerInstance = 200;

/** mvdan/sh, as sh-syntax ships it. It is loaded here, and nowhere else: 0.8 MB that only the strict mode needs. */
export async function loadSecondParser(): Promise<SecondParser> {
  const require = createRequire(import.meta.url);
  require('sh-syntax/vendors/wasm_exec.cjs');
  const module = await WebAssembly.compile(await readFile(require.resolve('sh-syntax/main.wasm')));
  let program = started(module);
  let parsed = 0;
  return {
    statementsIn(text) {
      try {
        if (++parsed % textsPerInstance === 0) program = started(module);
        return statementsIn(text, program);
      } catch (error) {
        // A panic of the program, or nesting beyond its stack: the next text gets a new one.
        if (!(error instanceof WebAssembly.RuntimeError || error instanceof RangeError)) throw error;
        program = started(module);
        return undefined;
      }
    },
  };
}

function started(module: Module): GoProgram {
  const go: unknown = Reflect.get(globalThis, 'Go');
  const runtime: unknown = typeof go === 'function' ? Reflect.construct(go, []) : undefined;
  if (!isRuntime(runtime)) throw new Error('sh-syntax brings no runtime for its program');
  const instance = new WebAssembly.Instance(module, runtime.importObject);
  void runtime.run(instance);
  const exported: unknown = instance.exports;
  if (!isProgram(exported)) throw new Error('the program of sh-syntax is not the one that we know');
  return exported;
}

function isRuntime(value: unknown): value is GoRuntime {
  return typeof value === 'object' && value !== null && 'importObject' in value && 'run' in value;
}

function isProgram(value: unknown): value is GoProgram {
  return typeof value === 'object' && value !== null && 'memory' in value && 'process' in value && 'wasmAlloc' in value;
}

const yes = true;
const no = false;

function statementsIn(text: string, program: GoProgram): number | undefined {
  const bytes = new TextEncoder().encode(text);
  const [at, nothing] = [program.wasmAlloc(bytes.byteLength), program.wasmAlloc(0)];
  new Uint8Array(program.memory.buffer).set(bytes, at);
  const [length, none] = [bytes.byteLength, 0];
  const [file, stop] = [
    [nothing, none, none],
    [nothing, none, none],
  ];
  const layout = [no, 2, yes, yes, yes, no, no, no, no];
  const answer = program.process(...file, at, length, length, no, yes, bash, ...stop, 0, ...layout);
  const memory = new Uint8Array(program.memory.buffer).subarray(answer);
  const said = new TextDecoder().decode(memory.subarray(0, memory.indexOf(0)));
  program.wasmFree(at);
  program.wasmFree(nothing);
  return countIn(said);
}

function countIn(said: string): number | undefined {
  const answer: unknown = said.startsWith('{') ? JSON.parse(said) : undefined;
  if (typeof answer !== 'object' || answer === null || ('parseError' in answer && answer.parseError)) return undefined;
  if ('message' in answer && answer.message) return undefined;
  const file: unknown = 'file' in answer ? answer.file : undefined;
  const statements: unknown = typeof file === 'object' && file !== null && 'Stmts' in file ? file.Stmts : undefined;
  return Array.isArray(statements) ? statements.length : undefined;
}
