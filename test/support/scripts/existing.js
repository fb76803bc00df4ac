// A script for k6 as its users write them: it knows nothing of peakproof. Each export is an order of the e2e tests.

import { check, fail, group, sleep } from 'k6';
import { SharedArray } from 'k6/data';
import exec from 'k6/execution';
import http, { expectedStatuses, get } from 'k6/http';
import { Counter } from 'k6/metrics';

const paths = new SharedArray('paths', () => JSON.parse(open('./paths.json')));
const visits = new Counter('visits');
const base = __ENV.TARGET_URL;

export const options = {
  vus: 50,
  duration: '10m',
  tags: { team: 'shop' },
  thresholds: { checks: ['rate>0.999'], 'group_duration{group:::visit}': ['p(95)<60000'] },
};

export function setup() {
  return { menu: http.get(`${base}${paths[0]}`).status };
}

export default function (data) {
  group('visit', () => {
    const menu = http.get(base + paths[0]);
    check(menu, { 'as in setup': ({ status }) => status === data.menu });
    visits.add(1);
  });
  sleep(0.1);
}

export const followed = () => check(get(`${base}/redirect`), { arrived: ({ url }) => url.endsWith('/menu') });
export const notFollowed = () =>
  check(http.get(`${base}/redirect`, { redirects: 0 }), { 302: ({ status }) => status === 302 });
export const ledAway = () => http.get(`${base}/redirect-away`);
export const elsewhere = () => http.get('http://elsewhere.example/');
export const checkFails = () => check(http.get(`${base}/menu`), { 'is tea': ({ body }) => body === 'tea' });
export const failsItself = () => http.get(`${base}/menu`) && fail('no tea');
export const requestFails = () => http.get(`${base}/broken`);
export const expected = () => {
  http.get(`${base}/broken`, { responseCallback: expectedStatuses(500) });
  http.get(`${base}/menu`);
};
export const hangs = () => http.get(`${base}/hang`);
export const throws = () => http.get(`${base}/menu`).json('no.such').id;
export const batched = () => {
  const answers = http.batch({ menu: ['GET', `${base}/menu`], moved: `${base}/redirect` });
  check(answers, { both: ({ menu, moved }) => menu.status === 200 && moved.status === 200 });
};
export const batchFails = () => http.batch([`${base}/menu`, ['GET', `${base}/broken`]]);
export const asynchronous = async () => {
  const menu = await http.asyncRequest('GET', `${base}/redirect`);
  check(menu, { there: ({ status }) => status === 200 });
};
export const asyncFails = async () => {
  await http.asyncRequest('GET', `${base}/menu`);
  throw new Error(`iteration ${exec.scenario.iterationInTest}`);
};
export const byUrl = () => http.get(http.url`${base}/${'menu'}`);

export function handleSummary({ metrics }) {
  return { stdout: `visits ${metrics.visits.values.count}\n` };
}
