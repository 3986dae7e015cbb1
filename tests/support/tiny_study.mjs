// The smallest study that has every step: two outcomes, three kinds of model, a search, two horizons, groups.
import { join } from "node:path";
import { write } from "./program.mjs";

export const tinyStudy = `study: tiny
title: A tiny study
seed: 7
registers: ../tiny/registers
population: {unit: person, at: 12-31, where: age between 15 and 84}
predictors:
  - from: persons
    age: true
    at_index: sex
  - from: residence
    at_index: municipality
  - from: charges
    windows: [1y, 3y, ever]
    split: [total, offence_group]
    count: true
    since: [last]
  - from: charges
    of: [mother, father]
    count: true
outcomes:
  all_charges: {count: charges, by: registration_year, bands: [0, 1, 2, 4], label: All charges}
  violence: {count: charges, by: registration_year, where: 'offence_group in ("4", "5")', bands: [0, 1, 2], label: Violence}
groups:
  age_group: {of: age, bands: [15, 26, 41, 61], label: Age group}
  city: {of: municipality, levels: {Oslo: "0301", Bergen: "4601"}}
  previously: {of: charges_count_ever, bands: [0, 1], labels: ["no", "yes"], label: Previously charged}
previously: previously
models:
  lasso: {kind: lasso, label: LASSO, space: {alpha: [0.001, 0.01]}}
  forest:
    kind: random_forest
    settings: {n_estimators: 10}
    space: {max_depth: [4, 6], min_samples_leaf: [5, 10]}
  xgboost:
    kind: boosting
    settings: {subsample: 0.8}
    space: {n_estimators: [10, 15], learning_rate: [0.1, 0.2], max_depth: [2, 3]}
tuning: {folds: 2, draws: 2, at_horizon: 2, score: neg_mean_squared_error}
calibration: {method: isotonic, by: [nation, age_group], min_group: 300}
analyses:
  - forecast_path: {from: 2014, horizons: [2, 3], by: [nation, age_group]}
`;

/** The study with some of its text replaced; each text to replace must be there once. */
export function changedStudy(changes) {
  let text = tinyStudy;
  for (const [from, to] of changes) {
    if (text.split(from).length !== 2) throw new Error(`'${from}' is not once in the study`);
    text = text.replace(from, () => to);
  }
  return text;
}

/** Writes the study, changed, as <folder>/study.yaml; the tests' folder holds tiny/registers beside <folder>. */
export const writeStudy = (folder, changes = []) => write(join(folder, "study.yaml"), changedStudy(changes));
