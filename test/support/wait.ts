import { poll } from '#system';

/**
 * Asks `question` every 20 ms until it answers something other than undefined or false, and returns that. Throws with
 * `what` after `within` ms (10 s unless told). A test waits for what it needs to know, never for time to pass.
 */
export async function waitFor<T>(
  what: string,
  question: () => Promise<T | undefined | false> | T | undefined | false,
  within = 10_000,
): Promise<T> {
  const answer = await poll(
    async () => {
      const said = await question();
      return said === false || said === undefined ? undefined : { said };
    },
    { every: 20, within },
  );
  if (answer === undefined) throw new Error(`not within ${within} ms: ${what}`);
  return answer.said;
}
