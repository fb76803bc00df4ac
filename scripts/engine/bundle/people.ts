import { faker } from '@faker-js/faker/locale/en';
import type { Person } from '../../../k6/contract.ts';

/** More people than this make the script bigger and the load no more lifelike: names repeat in real life too. */
export const MOST_PEOPLE = 1_000;

/** Invents people, the same for the same seed. `count` above MOST_PEOPLE gives MOST_PEOPLE, below 1 gives one. */
export function inventPeople(count: number, seed: number): Person[] {
  faker.seed(seed);
  const length = Math.max(1, Math.min(Math.floor(count), MOST_PEOPLE));
  return Array.from({ length }, () => ({
    firstName: faker.person.firstName(),
    lastName: faker.person.lastName(),
    street: faker.location.streetAddress(),
    city: faker.location.city(),
  }));
}
