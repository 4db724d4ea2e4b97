import type { EngineTop } from '../../engine/inspect-types.ts';

/** Columns of ps that hold process ids of the host. */
const idColumns = new Set(['PID', 'PPID', 'PGID', 'PGRP', 'SID', 'SESS', 'TPGID', 'TGID', 'TID', 'LWP', 'SPID']);

/**
 * The reply to `GET /containers/{id}/top`. An engine runs ps on its host, so its ids are the host's and tell how busy that is;
 * here the container's processes are counted from 1, and a parent outside of it is 0, as inside a container.
 */
export function topView(engine: EngineTop): { Titles: string[]; Processes: string[][] } {
  const rows = engine.Processes ?? [];
  const own = engine.Titles.indexOf('PID');
  const ids = rows.map((row) => Number(row[own])).sort((a, b) => a - b);
  const shown = new Map(ids.map((id, index) => [String(id), String(index + 1)]));
  return {
    Titles: engine.Titles,
    Processes: rows.map((row) =>
      row.map((cell, column) => (idColumns.has(engine.Titles[column] ?? '') ? (shown.get(cell.trim()) ?? '0') : cell)),
    ),
  };
}
