import { DecryptCommand, EncryptCommand, KMSClient, type KMSClientConfig } from '@aws-sdk/client-kms';
import type { KeyWrap } from '../vault/key-wrap.ts';

/** What a wrapped key is bound to: another ciphertext of the same KMS key is not taken for ours. */
const bound = { EncryptionContext: { use: 'berth installation key' } };

/** Wraps keys under one of AWS KMS (an id, an ARN or `alias/name`). Region and credentials come from where the AWS SDK looks for them. */
export function kmsWrap(keyId: string, config: KMSClientConfig = {}): KeyWrap {
  const client = new KMSClient({ maxAttempts: 3, ...config });
  return {
    async wrap(plain) {
      const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId: keyId, Plaintext: plain, ...bound }));
      if (!CiphertextBlob) throw new Error('KMS encrypted nothing');
      return CiphertextBlob;
    },
    async unwrap(wrapped) {
      const { Plaintext } = await client.send(new DecryptCommand({ KeyId: keyId, CiphertextBlob: wrapped, ...bound }));
      if (!Plaintext) throw new Error('KMS decrypted nothing');
      return Plaintext;
    },
  };
}
