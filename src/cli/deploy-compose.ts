import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parse, YAMLError } from 'yaml';
import { BerthError } from '../domain/errors.ts';
import { composeEnvFiles, composeNormalize, composeRead } from '../policy/compose.read.ts';
import { envFileRead } from '../policy/compose-env-file.ts';
import { composeInterpolate, type Variables } from '../policy/compose-interpolate.ts';
import type { StackWish } from '../policy/compose-types.ts';
import type { JsonValue } from '../policy/json.ts';
import { UsageError } from './command.ts';

const maxBytes = 1024 * 1024;
const maxAliases = 100;

/** A Compose file with the files that it names, as a stack. `name`: of the stack; undefined: what the file says, or its folder's name. */
export async function composeFileRead(file: string, name: string | undefined): Promise<{ stack: string; wish: StackWish }> {
  const folder = dirname(resolve(file));
  const text = await textRead(file);
  const dotEnv = await textRead(join(folder, '.env'), '');
  const variables: Variables = { ...envFileRead(dotEnv, '.env', process.env), ...process.env };
  const document = composeInterpolate(composeNormalize(yamlRead(text, file)), variables);
  const stack = stackName(name ?? nameIn(document) ?? basename(folder));
  const envFiles = new Map<string, Record<string, string>>();
  for (const [path, required] of composeEnvFiles(document)) {
    const content = await textRead(join(folder, path), required ? undefined : '');
    envFiles.set(path, envFileRead(content, path, variables));
  }
  return { stack, wish: composeRead(document, { stack, envFiles, variables }) };
}

/** `missing`: what a file reads as that does not exist; undefined: then it is an error. */
async function textRead(file: string, missing?: string): Promise<string> {
  try {
    const text = await readFile(file, 'utf8');
    if (text.length > maxBytes) throw new UsageError(`${file} is larger than 1 MiB.`);
    return text;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (missing !== undefined && (error as { code?: string }).code === 'ENOENT') return missing;
    throw new UsageError(`${file} cannot be read (${(error as { code?: string }).code ?? String(error)}).`);
  }
}

function yamlRead(text: string, file: string): unknown {
  try {
    return parse(text, { merge: true, maxAliasCount: maxAliases, uniqueKeys: true, stringKeys: true, logLevel: 'error' });
  } catch (error) {
    if (error instanceof YAMLError || error instanceof ReferenceError)
      throw new BerthError('malformed', `${file}: ${error.message.trimEnd()}`);
    throw error;
  }
}

function nameIn(document: JsonValue): string | undefined {
  const name = typeof document === 'object' && document !== null && !Array.isArray(document) ? document.name : undefined;
  return typeof name === 'string' && name !== '' ? name : undefined;
}

/** As Compose makes a project's name of a folder's. */
function stackName(written: string): string {
  const name = written
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '');
  if (name === '') throw new UsageError('The stack has no name: give one with --name.');
  return name;
}
