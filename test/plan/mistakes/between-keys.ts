import { cafe, fault, order, partners, type Row, steps, target } from './fragments.ts';

export const TIMES: Row[] = [
  [
    'think time where every journey is one request',
    { client: 'client: { thinkTime: 4s }' },
    'think-time-unused',
    6,
    'client.thinkTime',
  ],
  [
    'think time that may last for hours',
    { journeys: steps(order, order), client: 'client: { thinkTime: { median: 4s, sigma: 2 } }' },
    'think-time-too-long',
    6,
    'client.thinkTime',
  ],
  [
    'an order that thinks for longer than the step lasts',
    {
      journeys: steps(order, order, order),
      rehearsal: 'rehearsal: { replay: { around: peak, length: 1m } }',
      client: 'client: { thinkTime: 30s }',
    },
    'think-time-too-long',
    7,
    'client.thinkTime',
  ],
  [
    'a push after the window',
    { forecast: 'forecast: { orders: 5, window: 9h, pushes: [ { at: 9h, share: 1% } ] }' },
    'push-outside-window',
    2,
    'forecast.pushes[0].at',
  ],
  [
    'pushes that bring more than everything',
    {
      forecast:
        'forecast: { orders: 5, window: 9h, pushes: [ { at: 1h, share: 60% }, { at: 2h, share: 60% } ] }',
    },
    'push-shares-too-high',
    2,
    'forecast.pushes',
  ],
  [
    'a curve that begins late',
    { forecast: 'forecast: { curve: [ { at: 1s, rate: 1/s }, { at: 1h, rate: 1/s } ] }' },
    'curve-start',
    2,
    'forecast.curve[0].at',
  ],
  [
    'a curve that goes back',
    {
      forecast:
        'forecast: { curve: [ { at: 0s, rate: 1/s }, { at: 2h, rate: 1/s }, { at: 1h, rate: 1/s }, { at: 3h, rate: 1/s } ] }',
    },
    'curve-order',
    2,
    'forecast.curve[2].at',
  ],
  [
    'a curve without orders',
    { forecast: 'forecast: { curve: [ { at: 0s, rate: 0/s }, { at: 2h, rate: 0/s } ] }' },
    'no-demand',
    2,
    'forecast.curve',
  ],
  [
    'a replay that leaves the window',
    { rehearsal: 'rehearsal: { replay: { from: 8h, length: 2h } }' },
    'replay-outside-window',
    6,
    'rehearsal.replay',
  ],
  [
    'a gate that no step runs',
    { rehearsal: 'rehearsal: { multiples: [3, 4], mustHold: 5 }' },
    'must-hold-unlisted',
    6,
    'rehearsal.mustHold',
  ],
  [
    'a multiple twice',
    { rehearsal: 'rehearsal: { multiples: [3, 3x] }' },
    'multiple-twice',
    6,
    'rehearsal.multiples[1]',
  ],
  [
    'an allowance as long as the window',
    { slo: 'slo: { allowedDowntime: 9h }' },
    'allowance-too-long',
    3,
    'slo.allowedDowntime',
  ],
  [
    'a budget as long as the step',
    { slo: 'slo: { allowedDowntime: 5m, downtimeBudget: 11m }' },
    'allowance-too-long',
    3,
    'slo.downtimeBudget',
  ],
  [
    'a turn too long for its slot',
    { client: 'client: { timeout: 10s, patience: 103s }' },
    'turn-too-long',
    6,
    'client.patience',
  ],
  [
    'a timeout over patience',
    { client: 'client: { timeout: 31s }' },
    'timeout-over-patience',
    6,
    'client.timeout',
  ],
  [
    'slow only after patience',
    { slo: 'slo: { allowedDowntime: 5m, slowAfter: 31s }' },
    'slow-after-patience',
    3,
    'slo.slowAfter',
  ],
];

export const TARGETS: Row[] = [
  ['a host elsewhere', target('http://shop.example.com'), 'host-not-allowed', 4, 'target.baseUrl'],
  [
    'a neighbour of the allowed host',
    target('http://a.shop.example.com', 'shop.example.com'),
    'host-not-allowed',
    4,
    'target.baseUrl',
  ],
  [
    'a host that begins like this machine',
    target('http://127.0.0.1.example.com'),
    'host-not-allowed',
    4,
    'target.baseUrl',
  ],
  ['another scheme', target('ftp://127.0.0.1'), 'base-url', 4, 'target.baseUrl'],
  ['no address', target('shop'), 'base-url', 4, 'target.baseUrl'],
  ['a password in the address', target('http://me:secret@127.0.0.1'), 'base-url', 4, 'target.baseUrl'],
  [
    'an address among the hosts',
    target('http://localhost', '"http://x.example.com:80"'),
    'host-name',
    4,
    'target.allowHosts[0]',
  ],
];

export const PARTNERS: Row[] = [
  [
    'a port twice',
    { partners: partners(cafe, 'pay: { kind: payment, port: 9401 }') },
    'port-twice',
    6,
    'partners.pay.port',
  ],
  [
    'names with one variable',
    { partners: partners('a-b: { kind: payment, port: 1 }', 'a_b: { kind: payment, port: 2 }') },
    'names-too-alike',
    6,
    'partners.a_b',
  ],
  [
    'café shares that miss 100%',
    {
      partners: partners(
        'a: { kind: cafe, share: 40%, menu: [x] }',
        'b: { kind: cafe, share: 40%, menu: [x] }',
      ),
    },
    'shares-sum',
    6,
    'partners',
  ],
  [
    'one café share missing',
    { partners: partners('a: { kind: cafe, share: 40%, menu: [x] }', 'b: { kind: cafe, menu: [x] }') },
    'missing-key',
    6,
    'partners.b.share',
  ],
  [
    'a menu item out of stock',
    { partners: partners('a: { kind: cafe, menu: [tee], stock: { tea: 5 } }') },
    'unknown-item',
    6,
    'partners.a.menu[0]',
  ],
  [
    'a fault at nobody',
    fault('kind: latency, partner: pey, at: 1m, for: 1m, add: 2s'),
    'unknown-partner',
    8,
    'faults[0].partner',
  ],
  [
    'a fault after the step',
    fault('kind: latency, partner: pay, at: 11m, for: 1m, add: 2s'),
    'fault-outside-step',
    8,
    'faults[0].at',
  ],
  [
    'a fault past the end',
    fault('kind: latency, partner: pay, at: 10m, for: 61s, add: 2s'),
    'fault-outside-step',
    8,
    'faults[0].for',
  ],
  [
    'an item that nobody has',
    fault('kind: stock-out, partner: beanhouse, at: 1m, for: 1m, item: tee'),
    'unknown-item',
    8,
    'faults[0].item',
  ],
  [
    'a stock-out at a payment',
    fault('kind: stock-out, partner: pay, at: 1m, for: 1m'),
    'fault-not-for-kind',
    8,
    'faults[0].partner',
  ],
  [
    'an unknown kind of fault',
    fault('kind: latensy, partner: pay, at: 1m, for: 1m'),
    'invalid-value',
    8,
    'faults[0].kind',
  ],
];
