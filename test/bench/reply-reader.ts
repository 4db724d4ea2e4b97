const chunksEnd = Buffer.from('\r\n0\r\n\r\n');

/**
 * Finds the end of one HTTP reply and nothing more: a full client would take longer than the servers it measures. A reply in chunks ends
 * where what was read ends with the last chunk's line, which is sure enough while one request at a time is under way.
 */
export class ReplyReader {
  status = 0;
  /** Of the body, the lines between chunks included. */
  bytes = 0;
  #head = '';
  /** null: in chunks. */
  #length: number | null = null;
  #tail: Buffer = Buffer.alloc(0);

  /** True when the reply is complete. */
  read(chunk: Buffer): boolean {
    let body = chunk;
    if (this.status === 0) {
      const before = this.#head.length;
      this.#head += chunk.toString('latin1');
      const end = this.#head.indexOf('\r\n\r\n');
      if (end === -1) return false;
      const head = this.#head.slice(0, end);
      this.status = Number(head.slice(9, 12));
      const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
      this.#length = length === undefined ? null : Number(length);
      body = chunk.subarray(end + 4 - before);
    }
    this.bytes += body.length;
    if (this.#length !== null) return this.bytes >= this.#length;
    this.#tail = Buffer.concat([this.#tail, body.subarray(-chunksEnd.length)]).subarray(-chunksEnd.length);
    return this.#tail.equals(chunksEnd);
  }
}
