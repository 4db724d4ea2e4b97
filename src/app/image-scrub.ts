import { engineMessageScrub } from '../policy/engine-message.ts';

const noNames = new Map<string, string>();

/** An engine's words about images name nothing of ours; paths and addresses of its host go. */
export function imageScrub(message: string): string {
  return engineMessageScrub(message, noNames);
}
