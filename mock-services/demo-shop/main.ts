import type { Server } from 'node:http';
import { EXIT } from '../../scripts/core/exit-codes.ts';
import { closeServer, listen } from '../http/http-limits.ts';
import { openBot } from './bot.ts';
import { connectBotApi } from './bot-api.ts';
import { botWebhook } from './bot-webhook.ts';
import { naiveFlow } from './naive.ts';
import { takeOrders } from './orders.ts';
import { connectPartners } from './partners.ts';
import { resilientFlow } from './resilient.ts';
import { readSettings, type ShopSettings } from './settings.ts';
import { shopServer } from './shop.ts';
import { keepVouchers } from './vouchers.ts';

// The shop that demo and tests run against. Settings come from the environment (docs/partners.md).

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  if ('problems' in settings) {
    process.stderr.write(`demo shop: ${settings.problems.join('\ndemo shop: ')}\n`);
    process.exitCode = EXIT.usage;
    return;
  }
  const server = openShop(settings);
  try {
    const url = await listen(server, settings.host, settings.port);
    process.stdout.write(`${JSON.stringify({ type: 'shop-ready', url, mode: settings.mode })}\n`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`demo shop: cannot listen: ${reason}\n`);
    process.exit(EXIT.environment);
  }
  process.on('SIGTERM', () => void closeServer(server).then(() => process.exit(0)));
}

function openShop({ mode, urls, bot, answers, ...limits }: ShopSettings): Server {
  const partners = connectPartners(urls);
  const flow =
    mode === 'naive' ? naiveFlow(partners, limits.workers) : resilientFlow(partners, limits.limitPerSec);
  const vouchers = urls.promo === null ? null : keepVouchers(urls.promo, flow, mode);
  const orders = takeOrders(vouchers?.buy ?? ((order) => flow.place(order, 0)), answers);
  if (urls.telegram === null) return shopServer({ flow, orders, vouchers, webhook: null });
  const api = connectBotApi(urls.telegram, bot.token, mode === 'resilient');
  const webhook = botWebhook(openBot({ api, flow, orders, vouchers }), { mode, secret: bot.secret });
  return shopServer({ flow, orders, vouchers, webhook });
}

await main();
