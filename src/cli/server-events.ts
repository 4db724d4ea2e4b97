/** An event as it was sent. Source: WHATWG HTML, server-sent events. */
export interface ServerEvent {
  id: string | null;
  type: string;
  data: string;
}

/** The events of a stream, as they come. Comments are left out, and so is an event that was cut off. */
export async function* serverEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(
        block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trimStart()]),
      );
      const data = fields.get('data');
      if (data !== undefined) yield { id: fields.get('id') ?? null, type: fields.get('event') ?? 'message', data };
    }
  }
}
