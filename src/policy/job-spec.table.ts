import { deploymentSpecRows } from './deployment-spec.table.ts';
import { type FieldRow, fieldTable } from './field-table.ts';

/** What a deployment has and a job has not, and why. */
const refusals: Readonly<Record<string, string>> = {
  replicas: 'a run is one container; concurrency, beside spec, says whether several runs go on at once',
  ports: 'a run ends, and behind a port of the edge nobody would answer then; deploy what serves',
  'placement.maxReplicasPerHost': 'a run is one container',
  restartPolicy: 'retries, beside spec, says how often a run that failed is tried again',
  update: 'a run that is under way keeps its spec, and the next one has the new one',
  rollback: 'a run that is under way keeps its spec, and the next one has the new one',
  mode: 'a job runs to its end; schedule, beside spec, says when',
};

/** The fields of a job's spec: those of a deployment's, but for what keeps replicas running. */
export const jobSpecRows: readonly FieldRow[] = deploymentSpecRows.flatMap((row): FieldRow[] => {
  const { path, verdict, why } = row;
  const whyNot = refusals[path];
  if (whyNot !== undefined) return [{ path, verdict: 'refused', why: whyNot }];
  return Object.keys(refusals).some((refused) => path.startsWith(`${refused}.`) || path.startsWith(`${refused}[`))
    ? []
    : [{ path, verdict, why }];
});

export const jobSpecTable = fieldTable(jobSpecRows);
