import type { App } from '../../app/context.ts';
import { tenantScopeWithin } from '../../db/scope.ts';
import { hostReplicaPlaces } from '../../db/store/edge-route.ts';
import { eventsAppend } from '../../db/store/event.ts';
import { hostAnswered, hostLost } from '../../db/store/host.ts';
import { eventOwn } from '../../domain/event.ts';
import { placesAnswer } from '../../hosts/places-answer.ts';
import type { FleetHost } from '../../observe/fleet.ts';
import { type HostSigns, hostsGivenUp, replicasAsked } from '../host-verdict.ts';

const lookMs = 1_000;
/** The first packet may be lost: it is sent again after a second. */
const answerMs = 1_500;
/** On a host that is cut off none answers, on one that is there most do: this many tell the two apart. */
const askedAtOnce = 64;

interface Look {
  begun: number;
  underWay: boolean;
  answeredAt: number;
  noneAt: number;
}

const looks = new WeakMap<FleetHost, Look>();

/** Gives up hosts by the verdict about what this process heard of all of them. Judged by the process that keeps the host. */
export async function hostsJudge(app: App): Promise<void> {
  const now = Date.now();
  const { hostLostMs } = app.pace;
  const anyLive = app.fleet.hosts().some(({ watch }) => watch.live);
  // One that is given up already did not vanish together with those that do now.
  const left = app.fleet.hosts().filter(({ row }) => row.state !== 'lost');
  const hosts = left.map((host) => ({ host, ...signsOf(host) }));
  for (const one of hosts) if (replicasAsked(one, hostLostMs, now)) void replicasLook(app, one.host, now);
  for (const { host } of hostsGivenUp(hosts, hostLostMs, now)) {
    if (!host.keeps || host.row.upkeep === 'maintenance' || !(wasSeen(host) && (heard(host) || anyLive))) continue;
    const given = await hostLost(app.system, host.row.id, app.processId).catch(() => false);
    if (!given) continue;
    app.log.warn('a host is lost: its replicas are made elsewhere', { host: host.row.name });
    await containersUnknown(app, host.row.id).catch((error) =>
      app.log.warn('events of a lost host could not be written', { cause: String(error) }),
    );
  }
}

/** By this process. One that it never heard may be starting up with it, so another host has to show first that our link is good. */
const heard = ({ watch }: FleetHost) => watch.seenAt.getTime() !== 0;

/** One that never answered anybody has nothing to be moved. */
const wasSeen = (host: FleetHost) => heard(host) || host.row.seenAt !== null;

function signsOf(host: FleetHost): HostSigns {
  const { answeredAt, noneAt } = looks.get(host) ?? { answeredAt: 0, noneAt: 0 };
  return { engineAt: Math.max(host.watch.seenAt.getTime(), host.since), answeredAt, noneAt };
}

/** Asks replicas of a host whose engine is silent whether they still take connections: every process by itself, since each judges by all hosts. */
async function replicasLook(app: App, host: FleetHost, now: number): Promise<void> {
  const look = looks.get(host) ?? { begun: 0, underWay: false, answeredAt: 0, noneAt: 0 };
  looks.set(host, look);
  if (look.underWay || now < look.begun + lookMs) return;
  Object.assign(look, { begun: now, underWay: true });
  try {
    const places = await hostReplicaPlaces(app.system, host.row.id, askedAtOnce);
    if (!(await placesAnswer(places, answerMs))) {
      look.noneAt = now;
      return;
    }
    if (look.answeredAt <= host.watch.seenAt.getTime())
      app.log.warn('the engine of a host is silent while replicas on it answer: nothing is moved', { host: host.row.name });
    look.answeredAt = Date.now();
    if (host.keeps) await hostAnswered(app.system, host.row.id);
  } catch (error) {
    app.log.warn('replicas of a silent host could not be asked', { host: host.row.name, cause: String(error) });
  } finally {
    look.underWay = false;
  }
}

/** What a tenant is told of a lost host: nobody knows how its containers are. */
async function containersUnknown(app: App, hostId: string): Promise<void> {
  const lost = [...app.directory.containers.all()].filter(
    (row) => row.hostId === hostId && row.state === 'created' && row.engineId !== null,
  );
  for (const [tenantId, rows] of Map.groupBy(lost, (row) => row.tenantId)) {
    const events = rows.map(({ engineId, name, spec }) =>
      eventOwn({
        ...{ type: 'container', action: 'unknown', actorId: engineId ?? '', actorName: name, synthesised: true },
        attributes: { ...spec.labels, image: spec.image, name },
      }),
    );
    await eventsAppend(tenantScopeWithin(app.system, tenantId), events);
  }
}
