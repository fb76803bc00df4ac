import { pathToFileURL } from 'node:url';
import type { OwnOrder } from '../../../k6/kit.ts';

export type Programs = Readonly<Record<string, OwnOrder>>;

/** Imports a module of orders in own code (`bundleForNode`). Errors of its code name the lines of its own files. */
export async function importPrograms(file: string): Promise<Programs> {
  process.setSourceMapsEnabled(true);
  const { programs }: { programs: Programs } = await import(pathToFileURL(file).href);
  return programs;
}
