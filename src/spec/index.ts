export { readSpec } from './spec.ts';
export type { Reading } from './spec.ts';
export { formatProblem } from './problems.ts';
export { problemKinds } from './errors.ts';
export type { ProblemCode, ProblemKind } from './errors.ts';
export { findPreset, presets } from './presets/index.ts';
export type { Basis, Fact, Preset, PresetFields } from './presets/preset.ts';
export { jsonSchema } from './json-schema.ts';
export type * from './types.ts';
