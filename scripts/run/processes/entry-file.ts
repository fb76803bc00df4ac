import { fileURLToPath } from 'node:url';

/** The bundled entry points stand side by side in dist/. */
export function entryFile(name: 'guardian' | 'mocks' | 'prober'): string {
  return fileURLToPath(new URL(`./${name}.js`, import.meta.url));
}
