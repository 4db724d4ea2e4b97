import type { Filter } from '../types.ts';

export const architectureFilter: Filter = (host, request) =>
  request.architecture === null || request.architecture === host.architecture
    ? null
    : `not of the image's architecture (${request.architecture})`;
