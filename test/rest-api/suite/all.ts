import { certificatesSuite } from './certificates.ts';
import { deploymentsSuite } from './deployments.ts';
import { documentSuite } from './document.ts';
import { eventsSuite } from './events.ts';
import { grantsSuite } from './grants.ts';
import { hostsSuite } from './hosts.ts';
import { registriesSuite } from './registries.ts';
import { requestsSuite } from './requests.ts';
import type { Target } from './target.ts';
import { tenantsSuite } from './tenants.ts';
import { tokensSuite } from './tokens.ts';

/** What holds of the REST API wherever it runs. `target` is asked inside of tests only. */
export function restSuite(target: () => Target): void {
  for (const suite of [
    requestsSuite,
    tenantsSuite,
    tokensSuite,
    grantsSuite,
    certificatesSuite,
    hostsSuite,
    deploymentsSuite,
    eventsSuite,
    registriesSuite,
    documentSuite,
  ])
    suite(target);
}
