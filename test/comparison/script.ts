import { build } from './script/build.ts';
import { errors } from './script/errors.ts';
import { files } from './script/files.ts';
import { images } from './script/images.ts';
import { life } from './script/life.ts';
import { networks } from './script/networks.ts';
import { reads } from './script/reads.ts';
import { registry } from './script/registry.ts';
import type { Section } from './script/section.ts';
import { system } from './script/system.ts';
import { volumes } from './script/volumes.ts';

/** The whole script, in its order. A line is found in docs/divergence.md by its words, so no two are the same within a chapter. */
export const script: readonly Section[] = [life, reads, files, images, volumes, networks, system, registry, build, errors];
