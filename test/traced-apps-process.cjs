// Runs applications of Easel in this process, one after the other, as its parent orders: see traced-apps.ts.
'use strict';
const { join } = require('node:path');
const pino = require('pino');

const [, , dist] = process.argv;
const { loadConfig } = require(join(dist, 'config/app-config'));
const { createApp } = require(join(dist, 'configure-app'));
const { isGeminiModel } = require(join(dist, 'mapping/resolved-model'));

let app;

/** OpenTelemetry reads its variables in the environment of the process, so that is the application's. */
async function start({ env, accounts }) {
  for (const name of Object.keys(process.env)) {
    delete process.env[name];
  }
  Object.assign(process.env, env);
  const config = loadConfig({
    environment: process.env,
    readFile: () => {
      throw new Error('these applications read no files');
    },
    isKnownModel: isGeminiModel,
    consumerFaults: () => [],
    accountFaults: () => [],
  });
  const log = pino({ level: config.log.level, base: null }, pino.destination(2));
  app = await createApp(config, { accounts, consumers: [] }, log);
  await app.listen(0, '127.0.0.1');
  return app.getUrl();
}

/** Sends all the spans that are left. */
function stop() {
  return app.close();
}

process.on('message', ({ order, ...rest }) => {
  const obeyed = order === 'start' ? start(rest) : stop();
  obeyed.then(
    (url) => process.send({ url }),
    (error) => process.send({ fault: String(error?.stack ?? error) }),
  );
});
