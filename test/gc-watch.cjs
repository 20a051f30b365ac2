// Runs in an Easel before anything of its own (`--require`). The first message makes it begin with a full collection,
// which moves what is alive to the old generation; only then can old sets keep finished requests alive. The second
// message gets how many bytes V8's young collections have moved to the old generation since, and how many of these
// collections and of full ones there were.
'use strict';

const { GCProfiler, setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
setFlagsFromString('--no-expose-gc');

let profiler;

process.on('message', () => {
  if (profiler === undefined) {
    collect();
    profiler = new GCProfiler();
    profiler.start();
    process.send({ promotedBytes: 0, youngCollections: 0, fullCollections: 0 });
    return;
  }
  const { statistics } = profiler.stop();
  profiler = undefined;
  const young = statistics.filter(({ gcType }) => gcType === 'Scavenge');
  const promoted = young.map(({ beforeGC, afterGC }) => oldBytes(afterGC) - oldBytes(beforeGC));
  process.send({
    promotedBytes: promoted.reduce((sum, bytes) => sum + bytes, 0),
    youngCollections: young.length,
    fullCollections: statistics.filter(({ gcType }) => gcType === 'MarkSweepCompact').length,
  });
});
// Being listened to must not keep the process alive.
process.channel.unref();

function oldBytes({ heapSpaceStatistics }) {
  return heapSpaceStatistics
    .filter(({ spaceName }) => !spaceName.startsWith('new'))
    .reduce((sum, { spaceUsedSize }) => sum + spaceUsedSize, 0);
}
