import type { Strategy } from '../types.ts';
import { spreadStrategy } from './spread.ts';

/** The fullest host that still has room takes it, so that empty ones can be given back. */
export const binpackStrategy: Strategy = (host, request) => -spreadStrategy(host, request);
