import { TimelineBuilder } from '../../../scripts/observe/fold/fold.ts';
import { createObservationLog } from '../../../scripts/record/observation-log.ts';
import { Recorder } from '../../../scripts/record/recorder.ts';
import { startCollector } from '../../../scripts/run/collector/collector.ts';
import { HOUR, hourObservations } from '../analysis/launch-hour.ts';

// The collector as in a run: each push is decoded, written to the log on the disk and folded.

export interface CollectorCost {
  /** Since the process began. */
  cpuMs: number;
  rssMb: number;
}

const [logPath = '', ordersPerSec = '0', lengthSec = '0'] = process.argv.slice(2);
const log = await createObservationLog({
  path: logPath,
  onError: (error) => {
    throw error;
  },
});
const timeline = new TimelineBuilder();
const recorder = new Recorder(['a-secret-of-the-plan'], log.append, (one) => timeline.add(one));
for (const one of hourObservations({
  ...HOUR,
  ordersPerSec: Number(ordersPerSec),
  lengthSec: Number(lengthSec),
  incidents: 0,
})) {
  // Plan and start; everything later comes by push.
  if (one.type === 'series') break;
  recorder.observe(one);
}
const collector = await startCollector({ runId: 'bench', onObservation: recorder.observe });
collector.expectInstance('step0-0');
process.on('message', async (question) => {
  if (question === 'end') {
    await collector.close();
    await log.close();
    process.disconnect();
    return;
  }
  const { user, system } = process.cpuUsage();
  const cost: CollectorCost = { cpuMs: (user + system) / 1_000, rssMb: process.memoryUsage.rss() / 2 ** 20 };
  process.send?.(cost);
});
process.send?.({ url: collector.url });
