/** Why a server is treated as it is. A code that was once given keeps its meaning; one that is retired is not used again. */
export const reasons = {
  neutral: 'As configured: nothing speaks for anything else.',
  learning: 'Too few answers yet to say anything; as configured.',
  unseen: 'HAProxy was not heard for three intervals; as configured.',
  down: 'HAProxy gives it no work: a check, a person or an agent took it out.',
  fast: 'It answers sooner than is usual in the pool, and gets more.',
  slow: 'It answers later than is usual in the pool, and gets less.',
  resting:
    'It is so slow that waiting a moment for another server is sooner. It gets one request now and then, to see.',
  needed: 'It is slow, and without it the others could not carry the load.',
  failing: 'Most of its answers are errors, and not those of the others: nothing goes there.',
  silent: 'It has requests and answers none: nothing goes there.',
  trial: 'It was out, and gets one request at a time to see whether it is well.',
  returning: 'It comes back, with a growing share.',
  doubted: 'So many servers look bad at once that the view is doubted, not the servers.',
  busy: 'It says that it is short of CPU or memory, and its answers agree.',
  asked: 'Its agent asks for less.',
  limited: 'More at once made its answers slower, and not more.',
} as const;
