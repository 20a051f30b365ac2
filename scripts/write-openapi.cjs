// Writes the OpenAPI document of the build in dist/ to the file named on the command line.
const { writeFileSync } = require('node:fs');
const { loadConfig } = require('../dist/config/app-config');
const { createApp } = require('../dist/configure-app');
const { isGeminiModel } = require('../dist/mapping/resolved-model');
const { openApiDocument } = require('../dist/openapi');

async function write(file) {
  const config = loadConfig({
    environment: { DATABASE_URL: 'off' },
    readFile: () => '',
    isKnownModel: isGeminiModel,
    consumerFaults: () => [],
    accountFaults: () => [],
  });
  const app = await createApp(config, { accounts: [], consumers: [] });
  writeFileSync(file, `${JSON.stringify(openApiDocument(app), null, 2)}\n`);
  await app.close();
}

void write(process.argv[2]);
