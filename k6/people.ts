import type { Person } from './contract.ts';

// People in a script: one string, which is a constant of the compiled script and so shared by all VUs, with all
// people equally wide, so that one is found without splitting. (A SharedArray costs every VU 6 kB and a parse a look.)

export interface PackedPeople {
  count: number;
  /** UTF-16 units of one person. */
  width: number;
  text: string;
}

const SEPARATOR = '|';

export function packPeople(people: readonly Person[]): PackedPeople {
  const plain = (value: string): string => value.replaceAll(SEPARATOR, ' ');
  const lines = people.map(({ firstName, lastName, street, city }) =>
    [firstName, lastName, street, city].map(plain).join(SEPARATOR),
  );
  const width = Math.max(0, ...lines.map((line) => line.length));
  return { count: people.length, width, text: lines.map((line) => line.padEnd(width)).join('') };
}

export const unpackPerson = ({ count, width, text }: PackedPeople, index: number): Person => {
  if (index < 0 || index >= count) throw new RangeError(`there is no person ${index} of ${count}`);
  const fields = text.slice(index * width, (index + 1) * width).split(SEPARATOR);
  const field = (position: number): string => fields[position] ?? '';
  return { firstName: field(0), lastName: field(1), street: field(2), city: field(3).trimEnd() };
};
