import { and, eq, isNull, sql } from 'drizzle-orm';
import type { ContainerSpec, EndpointSpec } from '../../domain/container-spec.ts';
import { container } from '../schema/container.ts';
import type { SystemScope } from '../scope.ts';
import { type ContainerRow, containerColumns } from './container.ts';

/** Writes other networks into a row as it was read, before its engine is told. Undefined: somebody works on it, or it was changed since. */
export async function containerEndpointsClaim(
  scope: SystemScope,
  { id, spec }: ContainerRow,
  endpoints: EndpointSpec[],
  processId: string,
): Promise<ContainerRow | undefined> {
  const [row] = await scope.db
    .update(container)
    .set({ spec: { ...spec, network: { mode: 'networks', endpoints } }, processId })
    .where(
      and(
        ...[eq(container.id, id), eq(container.state, 'created'), isNull(container.processId)],
        sql`${container.spec} = ${JSON.stringify(spec)}::jsonb`,
      ),
    )
    .returning(containerColumns);
  return row;
}

/** What its row says of its networks, after a change that was taken back or settled. Undefined: it is another process's work by now. */
export async function containerEndpointsWrite(
  scope: SystemScope,
  id: string,
  processId: string,
  network: ContainerSpec['network'],
): Promise<ContainerRow | undefined> {
  const [row] = await scope.db
    .update(container)
    .set({ spec: sql`${container.spec} || ${JSON.stringify({ network })}::jsonb` })
    .where(and(eq(container.id, id), eq(container.processId, processId)))
    .returning(containerColumns);
  return row;
}

/** Ends a change of networks that this process had claimed: what was asked for is a promise from now on. */
export async function containerEndpointsDone(scope: SystemScope, id: string, processId: string): Promise<ContainerRow | undefined> {
  const endpoints = sql`coalesce((
    select jsonb_agg(endpoint - 'pending' order by place)
    from jsonb_array_elements(${container.spec} #> '{network,endpoints}') with ordinality as listed(endpoint, place)), '[]')`;
  const [row] = await scope.db
    .update(container)
    .set({ spec: sql`jsonb_set(${container.spec}, '{network,endpoints}', ${endpoints})`, processId: null })
    .where(and(eq(container.id, id), eq(container.processId, processId), eq(container.state, 'created')))
    .returning(containerColumns);
  return row;
}
