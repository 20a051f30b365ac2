// deploy/prometheus/easel.rules.yml as the Prometheus Operator wants it: npm run prometheus-rule
const { readFileSync, writeFileSync } = require('node:fs');

const rules = readFileSync('deploy/prometheus/easel.rules.yml', 'utf8');
const groups = rules.slice(rules.indexOf('groups:')).replaceAll(/^(?=.)/gm, '  ');
writeFileSync(
  'deploy/kubernetes/monitoring/prometheus-rule.yaml',
  `# Written by \`npm run prometheus-rule\` from deploy/prometheus/easel.rules.yml.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: easel
  labels:
    app.kubernetes.io/name: easel
spec:
${groups}`,
);
