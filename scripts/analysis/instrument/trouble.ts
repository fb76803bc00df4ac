import type { Voiding } from '../../contract/verdict-words.ts';
import type { Span } from '../judgement.ts';

/** A time in which a reading beside the turns says that the load evidence can't be trusted. */
export interface Trouble extends Span, Voiding {}
