import { BerthError } from '../domain/errors.ts';
import type { Principal } from './principal.ts';
import { unauthenticated } from './token.ts';

/** A valid credential, shown from an address that it is not taken from. The caller reads what any stranger reads; the audit knows whose it is. */
export class CredentialAstray extends BerthError {
  readonly principal: Principal;

  constructor(principal: Principal) {
    super('unauthenticated', unauthenticated().message);
    this.principal = principal;
  }
}
