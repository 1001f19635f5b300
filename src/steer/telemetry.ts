import type { TelemetryReading } from '#observe';

/** What a server says of itself, smoothed: an agent that flaps moves little. */
export type Felt = {
  /** 0: at ease; 1: at its end. */
  readonly pressure: number;
  /** The share it asks for, 0–1. */
  readonly wish: number;
};

/** Smoothed over this time, in ms. */
const OVER = 5000;

/** From where on CPU and memory count, as a share of all; at the whole, pressure is 1. Memory is used on purpose, so later. */
const CPU = 0.85;
const MEMORY = 0.92;

/** The most that pressure takes away; and how slow a server has to be for its word to be believed. */
const MOST = 0.5;
const AGREES = 1.1;

/** The most that a wish takes away: an agent that lies must not be able to shut its server, nor to drown the others. */
const LEAST_WISH = 0.5;

const beyond = (share: number | undefined, from: number): number =>
  Math.min(1, Math.max(0, ((share ?? 0) - from) / (1 - from)));

/** What is not known or stale counts as ease. */
export function listened(felt: Felt, reading: TelemetryReading | undefined, tick: number): Felt {
  const last = reading?.stale === false ? reading.last : undefined;
  const pressure = Math.max(beyond(last?.cpu, CPU), beyond(last?.memory, MEMORY));
  const part = Math.min(1, tick / OVER);
  return {
    pressure: felt.pressure + (pressure - felt.pressure) * part,
    wish: felt.wish + ((last?.wish ?? 1) - felt.wish) * part,
  };
}

/** How much of its share a server under pressure keeps, if its answers agree. What a server does counts before what it says. */
export const pressing = ({ pressure }: Felt, ratio: number): number => (ratio >= AGREES ? 1 - MOST * pressure : 1);

/** How much of its share a server keeps by its agent's wish. */
export const asking = ({ wish }: Felt): number => Math.max(LEAST_WISH, Math.min(1, wish));
