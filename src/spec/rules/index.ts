import type { PartlySite } from '../language.ts';
import type { Problems } from '../problems.ts';
import { checkChecks } from './checks.ts';
import { contextsOf } from './context.ts';
import { checkListeners } from './listeners.ts';
import { checkPools } from './pools.ts';
import { checkProtocolFields } from './protocol.ts';
import { checkFollowing, checkReferences } from './references.ts';
import { checkRelay } from './relay.ts';
import { checkSteering } from './steering.ts';
import { checkTelemetry } from './telemetry.ts';
import { checkTls } from './tls.ts';

/** Reports what is wrong between fields that are each right in themselves. What is broken already is left alone. */
export function checkRules(site: PartlySite, problems: Problems): void {
  const contexts = contextsOf(site, problems);
  for (const context of contexts) {
    checkReferences(context);
    checkPools(context);
    checkTls(context);
    checkProtocolFields(context);
    checkChecks(context);
    checkTelemetry(context);
    checkSteering(context);
    checkRelay(context);
  }
  checkFollowing(contexts);
  checkListeners(contexts);
}
