// Waits (a minute at most) until the file appears, then keeps one core busy for the given time: argv = file, ms.
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const [, , file, busyMs] = process.argv;
const giveUpAt = performance.now() + 60_000;
while (!existsSync(file) && performance.now() < giveUpAt) await sleep(50);
const until = performance.now() + Number(busyMs);
while (existsSync(file) && performance.now() < until);
