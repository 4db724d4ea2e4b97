/** AES-256-GCM under one key, a fresh nonce in front of each value. `context` is authenticated with it: what a value belongs to. */
export interface Cipher {
  seal(plain: Uint8Array<ArrayBuffer>, context?: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Rejects when the value was sealed under another key or for another context. */
  open(sealed: Uint8Array, context?: string): Promise<Uint8Array<ArrayBuffer>>;
}

export const cipherKeyBytes = 32;
const nonceBytes = 12;
const encoder = new TextEncoder();

export async function cipherOpen(key: Uint8Array<ArrayBuffer>): Promise<Cipher> {
  const aes = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']);
  const parameters = (iv: Uint8Array<ArrayBuffer>, context: string) => ({ name: 'AES-GCM', iv, additionalData: encoder.encode(context) });
  return {
    async seal(plain, context = '') {
      const iv = crypto.getRandomValues(new Uint8Array(nonceBytes));
      const sealed = new Uint8Array(await crypto.subtle.encrypt(parameters(iv, context), aes, plain));
      const whole = new Uint8Array(nonceBytes + sealed.length);
      whole.set(iv);
      whole.set(sealed, nonceBytes);
      return whole;
    },
    async open(sealed, context = '') {
      const whole = Uint8Array.from(sealed);
      const iv = whole.slice(0, nonceBytes);
      return new Uint8Array(await crypto.subtle.decrypt(parameters(iv, context), aes, whole.slice(nonceBytes)));
    },
  };
}
