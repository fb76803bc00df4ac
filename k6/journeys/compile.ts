import type { AnswerMatch, StepSpec, StepsJourney } from '../contract.ts';
import type { JourneyProgram, MatchProgram, StepProgram, Template } from './program.ts';
import { compileJson, compileText, variablesOf } from './templates.ts';

/** Who says what to whom, on every request. */
export interface Sender {
  runId: string;
  userAgent: string;
  /** No trailing slash. */
  baseUrl: string;
}

/** Turns a journey of the plan into what VUs and the prober execute. */
export function compileJourney(journey: StepsJourney, sender: Sender): JourneyProgram {
  const steps = journey.steps.map((step) => compileStep(step, sender));
  return {
    name: journey.name,
    origin: /^https?:\/\/[^/?#]+/.exec(sender.baseUrl)?.[0] ?? sender.baseUrl,
    steps,
    variables: broughtVariables(steps),
    data: journey.data,
  };
}

function compileStep(spec: StepSpec, { runId, userAgent, baseUrl }: Sender): StepProgram {
  const { soldOut, closed, queued } = spec;
  return {
    name: spec.name,
    method: spec.method,
    url: compileText(baseUrl + spec.path, 'p'),
    headers: compileHeaders(spec, runId, userAgent),
    body: spec.json === undefined ? null : compileJson(spec.json),
    needsBody: looksAtBody(spec),
    capture: pairs(spec.capture),
    confirmed: compileMatch(spec.confirmed),
    particular: spec.confirmed.status !== null || looks(spec.confirmed),
    soldOut: soldOut && { ...compileMatch(soldOut), item: soldOut.item },
    closed: closed && compileMatch(closed),
    queued: queued && {
      ...compileMatch(queued),
      everyMs: queued.everyMs,
      poll: queued.poll === null ? null : compileText(baseUrl + queued.poll, 'p'),
    },
  };
}

function compileHeaders({ json, headers }: StepSpec, runId: string, userAgent: string): Template[] {
  const compiled: Record<string, Template> = { 'User-Agent': userAgent, 'X-Load-Test': runId };
  if (json !== undefined) compiled['Content-Type'] = 'application/json';
  for (const [name, value] of Object.entries(headers)) compiled[name] = compileText(value, 'h');
  return Object.entries(compiled).flat();
}

function compileMatch({ status, has, where }: AnswerMatch): MatchProgram {
  return { status, has, where: pairs(where) };
}

function pairs<Value>(record: Readonly<Record<string, Value>>): (string | Value)[] | null {
  const list = Object.entries(record).flat();
  return list.length === 0 ? null : list;
}

function looksAtBody({ capture, confirmed, soldOut, closed, queued }: StepSpec): boolean {
  return (
    Object.keys(capture).length > 0 ||
    looks(confirmed) ||
    (soldOut !== null && (looks(soldOut) || soldOut.item !== null)) ||
    (closed !== null && looks(closed)) ||
    (queued !== null && looks(queued))
  );
}

function looks(match: AnswerMatch): boolean {
  return match.has !== null || Object.keys(match.where).length > 0;
}

function broughtVariables(steps: readonly StepProgram[]): string[] {
  const brought = new Set<string>();
  const captured = new Set<string>();
  for (const { url, headers, body, capture, queued } of steps) {
    const used = [url, ...headers, body ?? ''].flatMap(variablesOf);
    for (const name of used) if (!captured.has(name)) brought.add(name);
    for (const name of (capture ?? []).filter((_, index) => index % 2 === 0)) captured.add(name);
    for (const name of variablesOf(queued?.poll ?? '')) {
      if (!captured.has(name) && name !== 'ticket') brought.add(name);
    }
  }
  return [...brought];
}
