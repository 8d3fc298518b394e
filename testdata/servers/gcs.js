// The JSON API of Google Cloud Storage: the storage emulator inside firebase-tools, without the rest of it. It checks no token, and
// buckets come into being with their first object.
//
//   NODE_PATH=<folder with firebase-tools 15.34.2>/node_modules node gcs.js PORT
//
// Prints "ready" and serves until its standard input ends. Point STORAGE_EMULATOR_HOST to 127.0.0.1:PORT.
const port = Number(process.argv[2]);
const {StorageEmulator} = require('firebase-tools/lib/emulator/storage');
const {createApp} = require('firebase-tools/lib/emulator/storage/server');
const {EmulatorRegistry} = require('firebase-tools/lib/emulator/registry');

EmulatorRegistry.url = () => new URL(`http://127.0.0.1:${port}`);
EmulatorRegistry.isRunning = () => false;  // nobody to tell about new objects
const emulator = new StorageEmulator({
  projectId: 'demo-varve', host: '127.0.0.1', port, auto_download: false, rules: {name: 'none', content: ''},
});
createApp('demo-varve', emulator).then((app) => app.listen(port, '127.0.0.1', () => console.log('ready')));
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
