/** `npm run docs`: writes the documents that are made from the code. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { divergenceMarkdown } from '../src/docker-api/divergence.ts';
import { deploymentsMarkdown } from '../src/rest-api/deployment-document.ts';

await writeFile(join(import.meta.dirname, '../docs/divergence.md'), divergenceMarkdown());
await writeFile(join(import.meta.dirname, '../docs/deployments.md'), deploymentsMarkdown());
