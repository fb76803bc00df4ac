import http, { type Params } from 'k6/http';

// k6's rule of expected responses: which statuses are no failed request. k6 tells a script nothing of it, so the
// conditions are remembered as they are made.

type ExpectedStatusesCallback = NonNullable<Params['responseCallback']>;
type StatusRange = { min: number; max: number };
type Condition = number | StatusRange;

/** Without a condition of the script's own. */
const BY_DEFAULT: readonly Condition[] = [{ min: 200, max: 399 }];

const conditions = new WeakMap<object, readonly Condition[]>();
/** Of the VU; null = nothing is a failed request. */
let current: ExpectedStatusesCallback | null | undefined;

export const expectedStatuses = (...expected: Condition[]): ExpectedStatusesCallback => {
  const callback = http.expectedStatuses(...expected);
  conditions.set(callback, expected);
  return callback;
};

export const setResponseCallback = (callback: ExpectedStatusesCallback | null): void => {
  http.setResponseCallback(callback as ExpectedStatusesCallback);
  current = callback;
};

/** `own`: the request's own condition, if it has one. */
export const isExpected = (status: number, own: ExpectedStatusesCallback | null | undefined): boolean => {
  const callback = own === undefined ? current : own;
  if (callback === null) return true;
  if (callback === undefined) return status >= 200 && status <= 399;
  return (conditions.get(callback) ?? BY_DEFAULT).some((one) =>
    typeof one === 'number' ? status === one : status >= one.min && status <= one.max,
  );
};
