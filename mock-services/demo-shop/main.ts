import { closeServer, listen } from '../http-limits.ts';
import { naiveFlow } from './naive.ts';
import { takeOrders } from './orders.ts';
import { connectPartners } from './partners.ts';
import { resilientFlow } from './resilient.ts';
import { readSettings } from './settings.ts';
import { shopServer } from './shop.ts';

// The shop that demo and tests run against. Settings come from the environment (docs/partners.md).

const EXIT_USAGE = 2;
const EXIT_ENVIRONMENT = 4;

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  if ('problems' in settings) {
    process.stderr.write(`demo shop: ${settings.problems.join('\ndemo shop: ')}\n`);
    process.exitCode = EXIT_USAGE;
    return;
  }
  const partners = connectPartners(settings.urls);
  const flow =
    settings.mode === 'naive'
      ? naiveFlow(partners, settings.workers)
      : resilientFlow(partners, settings.limitPerSec);
  const server = shopServer(flow, takeOrders(flow, settings.answers));
  try {
    const url = await listen(server, settings.host, settings.port);
    process.stdout.write(`${JSON.stringify({ type: 'shop-ready', url, mode: settings.mode })}\n`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`demo shop: cannot listen: ${reason}\n`);
    process.exit(EXIT_ENVIRONMENT);
  }
  process.on('SIGTERM', () => void closeServer(server).then(() => process.exit(0)));
}

await main();
