import { composeMarkdown } from '../policy/compose.table.ts';
import { deploymentSpecMarkdown } from '../policy/deployment-spec.table.ts';

/** docs/deployments.md: what a person has to know, and the tables that the code reads. */
export function deploymentsMarkdown(): string {
  return `${words}
## The spec

Durations are written as \`10s\` or \`1m30s\`, sizes as \`512m\` or \`2g\`. *capped*: within bounds or from a list; *refused*: any value but an empty
one is answered with 403 and the reason. Whatever reaches a container passes the same policy as \`docker run\`, and maps one to one to Swarm's
ServiceSpec.

${deploymentSpecMarkdown()}
## Compose

\`berth deploy -f compose.yaml\` reads the file on your machine, puts in the variables (your environment, then \`.env\` beside the file), and sends a
stack: each service becomes the deployment \`STACK_SERVICE\`, each network and volume \`STACK_KEY\`. Services find each other by their names. A
network and a volume live on one host, so a stack's services that share them run together. *ours*: accepted, without effect here.

${composeMarkdown()}
${jobWords}`;
}

const words = `# Deployments

A deployment says what should run; Berth makes it so and keeps it so. This file is made from the code (\`npm run docs\`).

\`\`\`sh
berth deploy web --image nginx:1.27 --replicas 2 --publish 8080:80
berth deploy -f compose.yaml --prune
berth deployments list
berth deployments rollback web
\`\`\`

A command ends when what it began has ended: with 0 when the deployment is ready, else with 1, the reason, and the last lines of the log of the
replica that failed. \`--detach\` does not wait.

## The verbs

| request | what it does |
|---|---|
| \`POST /v1/deployments\` \`{name, spec}\` | a new deployment |
| \`GET /v1/deployments\`, \`GET /v1/deployments/{id or name}\` | what is wished, what there is, and why they differ; the ETag is its version |
| \`PUT /v1/deployments/{…}\` \`{spec}\` | a new revision |
| \`POST …/scale\` \`{replicas}\` | another number of replicas, of the same revision |
| \`POST …/rollback\` \`{revision?}\` | back to a revision, or to the last one that was ready; pulls nothing, and keeps the number of replicas |
| \`POST …/pause\`, \`…/resume\`, \`…/restart\` | leave everything as it is; go on; replace every replica by the update policy |
| \`DELETE /v1/deployments/{…}\` | it goes, its volumes stay |
| \`GET …/wait?for=healthy&timeout=30s\` | 200 when it is ready; 409 when it is held, 504 when it is late, both with the reason |
| \`GET …/logs?follow=true&tail=10&since=…\` | the logs of all replicas as server-sent events; \`Last-Event-ID\` goes on where a reader left off |
| \`GET …/revisions\`, \`…/revisions/{n}\` | what was released; never changes |
| \`GET …/operations\`, \`GET /v1/operations/{id}?wait=20s\` | what was asked for, until it has succeeded or failed |
| \`PUT /v1/stacks/{stack}\` | deployments with their networks and volumes, all or nothing; with \`prune\` what is not sent goes |

- Every change is answered at once, with 202 and an **operation**, which ends as \`succeeded\` or as \`failed\` with a reason, at its deadline at the latest.
  A newer wish ends the operations of older ones as superseded.
- **If-Match** with the ETag makes a change fail with 412 when somebody changed the deployment meanwhile. Without it the newest wish counts.
- **Idempotency-Key** on a POST: sent again within 24 hours, the request is done once and answered the same; with another body it is answered with
  422. Answers of 500 and above are not kept: the next request tries again.
- A **revision** is immutable. Its image is resolved to a digest when it is made: among the images you have, else by a pull with the credential in
  \`X-Registry-Auth\`. A server that runs as a Cloudflare Worker pulls nothing: there an image that you do not have is answered with 501.
- A replica that has to go, also since it is unhealthy, gets no new connection from the edge, and those that it has may go on for 15 seconds.
- What cannot run is said at once: an image that cannot be had, a network that is not there, a constraint that no host meets (422), a port of the
  edge that somebody has (409).
`;

const jobWords = `## Jobs

A job runs to its end: by a schedule, or when it is asked to.

\`\`\`sh
berth jobs create nightly --image acme/report:7 --schedule "30 2 * * mon-fri" --retries 2 --timeout 20m
berth jobs run nightly
berth jobs runs nightly
berth jobs update nightly --image acme/report:8 --secret-env DATABASE_PASSWORD=report-db --constraint host.labels.zone==a
\`\`\`

| request | what it does |
|---|---|
| \`POST /v1/jobs\` \`{name, spec, schedule?, retries?, timeout?, concurrency?, keep?}\` | a new job; \`spec\` is a deployment's without \`replicas\`, \`ports\`, \`placement.maxReplicasPerHost\`, \`restartPolicy\`, \`update\` and \`rollback\` |
| \`GET /v1/jobs\`, \`GET /v1/jobs/{id or name}\` | what there is, and when it runs next; the ETag is its version |
| \`PATCH /v1/jobs/{…}\`, \`PUT /v1/jobs/{…}\` | what is said is another from now on; with PUT, what is not said is as for a new job. If-Match as above |
| \`POST …/run\` | one run, now |
| \`GET …/runs\`, \`…/runs/{n}?wait=20s\` | how each run went: attempt, exit code, reason, and the last lines of its log |
| \`POST …/suspend\`, \`…/resume\` | the schedule rests; it goes on with its next moment, and makes up for none |
| \`DELETE /v1/jobs/{…}\` | it goes with its runs and their containers; its volumes stay |

- **Schedule**: the five fields of crontab, always in UTC. Moments that passed while Berth was down make one run, not many.
- **Concurrency**, when a run is due while another one goes on: \`forbid\` (unless said otherwise) leaves the new one out, and answers 409 to one that
  is asked for; \`replace\` ends the old one first; \`allow\` runs both, up to twenty that a schedule makes.
- **Retries**: an attempt that exits with another code than 0, takes longer than \`timeout\`, or loses its host or its container has failed. The next one
  follows after a second, and twice as long each time.
- A run has to bear being started twice: when a host is lost, nobody knows how far its attempt came.
- A run's container is yours, and shows in \`docker ps -a\` as \`JOB.RUN.XXXXXXXX\`, until \`keep\` newer runs have ended.
- **Change**: a run keeps what it was made with, through its retries. The image and the versions of the secrets are resolved when a job is made, and again
  when its spec is changed.
- **Placement**: \`spread\` counts the runs of the same job that go on.
`;
