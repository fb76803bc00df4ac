// Multiplies every rate in a k6 configuration: argv = file, factor.
import { readFileSync, writeFileSync } from 'node:fs';

const [, , file, factor] = process.argv;
const config = JSON.parse(readFileSync(file, 'utf8'));
for (const scenario of Object.values(config.scenarios)) {
  // The first stage only sets k6 half an arrival back.
  for (const stage of scenario.stages.slice(1)) stage.target = Math.round(stage.target * Number(factor));
}
writeFileSync(file, JSON.stringify(config));
