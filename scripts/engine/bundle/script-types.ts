import { join, relative } from 'node:path';
import type { Diagnostic } from 'typescript';
import { sourceRoot } from './source-root.ts';

/**
 * What the TypeScript compiler finds wrong with orders in own code, one line each, by place; paths are from `folder`.
 * The settings are strict and fixed: the code runs in k6 and in Node, so neither DOM nor Node may be used in it, whatever
 * a tsconfig.json nearby says.
 */
export async function typeProblems(files: readonly string[], folder: string): Promise<string[]> {
  // 9 MB of compiler: only for plans with such code.
  const { default: ts } = await import('typescript');
  const kit = join(sourceRoot(), 'k6', 'kit.ts');
  const program = ts.createProgram([...files, join(sourceRoot(), 'k6', 'kit-globals.d.ts')], {
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts'],
    module: ts.ModuleKind.Preserve,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    strict: true,
    noEmit: true,
    allowJs: true,
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
    skipLibCheck: true,
    types: [],
    paths: { 'peakproof/k6': [kit] },
  });
  const found = ts.sortAndDeduplicateDiagnostics([
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...program.getSyntacticDiagnostics(),
    ...program.getSemanticDiagnostics(),
  ]);
  return found.map((one) => oneLine(one, folder, ts.flattenDiagnosticMessageText(one.messageText, '\n')));
}

/** Of an explanation in many steps the first and the last. */
function oneLine({ file, start, code }: Diagnostic, folder: string, text: string): string {
  const [first, ...steps] = text.split('\n').map((step) => step.trim());
  const message = [first, steps.at(-1)].filter((step) => step !== undefined).join(' ');
  if (file === undefined) return `TS${code} ${message}`;
  const { line, character } = file.getLineAndCharacterOfPosition(start ?? 0);
  return `${relative(folder, file.fileName)}:${line + 1}:${character + 1} ${message}`;
}
