import type { Answer, WireRequest } from '../../effects.ts';
import type { HttpProgram, Variables } from '../program.ts';
import type { OrderUnderWay } from '../turn.ts';
import { captured, hasErrors, isNaming, matches, type ReadAnswer } from './answers.ts';

// What an answer to a step's request means, and what is taken from it.

export type Meaning = 'sold-out' | 'closed' | 'confirmed' | 'queued' | 'wrong';

/** The answer that was read last. */
export interface Seen {
  answer: Answer;
  read: ReadAnswer;
  meaning: Meaning;
}

/** A step whose first try is over. */
export interface TriedStep {
  step: HttpProgram;
  /** The first try, and how long it might take. */
  request: WireRequest;
  timeoutMs: number;
}

/** Sold out is the most particular answer, "any 2xx" the least: a ticket is not taken for a confirmation. */
export const understand = (step: HttpProgram, answer: ReadAnswer): Meaning => {
  if (step.soldOut !== null && matches(step.soldOut, answer)) return 'sold-out';
  if (step.closed !== null && matches(step.closed, answer)) return 'closed';
  const confirmed = matches(step.confirmed, answer) && !(step.graphql && hasErrors(answer));
  if (confirmed && step.particular) return 'confirmed';
  if (step.queued !== null && matches(step.queued, answer)) return 'queued';
  return confirmed ? 'confirmed' : 'wrong';
};

/**
 * Takes what the step captures of a right answer, and notes whether that answer names the order: by its value at `has`, or by
 * what is captured of a header or found in a text. true if every variable has a value now.
 */
export const take = (step: HttpProgram, answer: ReadAnswer, order: OrderUnderWay): boolean => {
  const isComplete = capture(step, answer, order.start.variables);
  const { proof } = step;
  if (proof === null) return isComplete;
  // It was looked up to confirm the step: each look copies the body.
  order.proven = step.confirmed.has !== null && isNaming(answer.held);
  for (let index = 0; index < proof.length && !order.proven; index++) {
    order.proven = isNaming(captured(answer, proof[index] ?? ''));
  }
  return isComplete;
};

/** Takes what the step captures; true if every variable of it has a value now (a ticket may have brought one before). */
export const capture = (step: HttpProgram, answer: ReadAnswer, variables: Variables): boolean => {
  const { capture: wanted } = step;
  if (wanted === null) return true;
  let complete = true;
  for (let index = 0; index < wanted.length; index += 2) {
    const name = String(wanted[index]);
    const value = captured(answer, wanted[index + 1] ?? '');
    if (value !== undefined) variables[name] = value;
    else if (variables[name] === undefined) complete = false;
  }
  return complete;
};
