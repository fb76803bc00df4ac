/** The `instance` tag of one k6 process: `step0-0` = first step, its first process. Both count from 0. */
export function instanceName(step: number, process: number): string {
  return `step${step}-${process}`;
}

/** The step that an `instance` tag belongs to; null for a tag of another form. */
export function stepOfInstance(instance: string | undefined): number | null {
  const match = /^step(\d{1,6})-\d{1,6}$/.exec(instance ?? '');
  return match ? Number(match[1]) : null;
}
