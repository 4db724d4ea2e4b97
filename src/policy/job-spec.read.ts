import type { JobSpec } from '../domain/job-spec.ts';
import { inSpecWords } from './deployment-spec.words.ts';
import { deploymentTemplateRead } from './deployment-template.ts';
import { Fields } from './fields.ts';
import { jobSpecTable } from './job-spec.table.ts';
import type { JsonValue } from './json.ts';
import { placementRead } from './placement.read.ts';
import { secretUsesRead } from './secret-uses.read.ts';

/** What a job runs, from the JSON of `/v1/jobs`, or an error that names the field: `malformed`, or `refused` for what is not granted. */
export function jobSpecRead(body: JsonValue, name: string): Pick<JobSpec, 'template' | 'secrets' | 'placement'> {
  return inSpecWords(() => {
    const fields = Fields.ofBody(body, jobSpecTable);
    const template = deploymentTemplateRead(fields, name);
    const secrets = secretUsesRead(fields);
    const place = fields.object('placement');
    const placement = placementRead(place);
    place.end();
    fields.end();
    return { template, secrets, placement };
  });
}
