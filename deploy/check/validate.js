// Reads a JSON list of Kubernetes objects from standard input and writes a list of what is wrong with them.
// The compiled validators of kubernetes-models find wrong types and missing fields. They take unknown fields silently, but they look at every
// field they know: so the objects are handed over in a wrapper that notes which fields were looked at, and the others are unknown.
'use strict';
const path = require('path');
const fs = require('fs');

const modules = process.argv[2];

function modelOf(object) {
  const [group, version] = object.apiVersion.includes('/') ? object.apiVersion.split('/') : ['', object.apiVersion];
  const from = group.endsWith('monitoring.coreos.com') ? '@kubernetes-models/prometheus-operator' : 'kubernetes-models';
  try {
    return require(path.join(modules, from, group, version))[object.kind];
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

// `value` behind a proxy that adds the path of every field that is read to `seen`.
function watched(value, at, seen) {
  if (value === null || typeof value !== 'object') return value;
  return new Proxy(value, {
    get(target, key) {
      if (typeof key !== 'string') return target[key];
      seen.add(`${at}/${key}`);
      return watched(target[key], `${at}/${key}`, seen);
    },
  });
}

function unknownFields(value, at, seen, found) {
  if (value === null || typeof value !== 'object') return found;
  for (const key of Object.keys(value)) {
    if (!seen.has(`${at}/${key}`)) found.push(`${at}/${key}`);
    else unknownFields(value[key], `${at}/${key}`, seen, found);
  }
  return found;
}

// Fields whose content the types leave open, so that the validators do not look into them.
const OPEN = [/^\/metadata\/(labels|annotations)\//, /\/(matchLabels|nodeSelector|requests|limits)\//, /^\/(data|stringData)\//];

function problemsOf(object) {
  const name = `${object.kind}/${object.metadata && object.metadata.name}`;
  const Model = modelOf(object);
  if (!Model) return [`${name}: no kind ${object.kind} in ${object.apiVersion}`];
  const problems = [];
  const seen = new Set();
  try {
    Model.prototype.validate.call(watched(new Model(object), '', seen));
  } catch (error) {
    problems.push(`${name}: ${error.message}`);
  }
  for (const field of unknownFields(object, '', seen, [])) {
    if (!OPEN.some((open) => open.test(field))) problems.push(`${name}: unknown field ${field}`);
  }
  return problems;
}

const objects = JSON.parse(fs.readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(objects.flatMap(problemsOf)));
