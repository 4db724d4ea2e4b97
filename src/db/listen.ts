import postgres from 'postgres';
import { reconnectSeconds } from './client.ts';

export interface Listener {
  close(): Promise<void>;
}

export interface ListenHandlers {
  heard(payload: string): void;
  /** At the beginning, and each time the connection was made anew: what was said in between is lost. */
  listening(): void;
  /** The connection broke: from now on nothing is heard. */
  deaf(): void;
}

const retryMs = 100;

/** LISTEN on a connection of its own, which is made anew for as long as it takes. Throws when there is no database to begin with. */
export async function listenOpen(url: string, channel: string, handlers: ListenHandlers): Promise<Listener> {
  let closed = false;
  let reopening = false;
  const sql = postgres(url, {
    ...{ max: 1, backoff: reconnectSeconds, idle_timeout: 0, max_lifetime: null, fetch_types: false, onnotice: () => {} },
    connection: { application_name: 'berth-listen' },
    onclose() {
      handlers.deaf();
      void reopen();
    },
    // The library has it for its own listen(), which tells nobody of a broken connection.
    ...{ onnotify: (_channel: string, payload: string) => handlers.heard(payload) },
  });

  async function open(): Promise<void> {
    await sql.unsafe(`listen "${channel}"`);
    handlers.listening();
  }

  async function reopen(): Promise<void> {
    if (reopening) return;
    reopening = true;
    while (
      !closed &&
      !(await open().then(
        () => true,
        () => false,
      ))
    )
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    reopening = false;
  }

  async function close(): Promise<void> {
    closed = true;
    await sql.end({ timeout: 1 });
  }

  try {
    await open();
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}
