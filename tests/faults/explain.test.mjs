// explain with a model, a table or options that do not suit.
import assert from "node:assert/strict";
import { test } from "node:test";
import { join } from "node:path";
import { expectFault } from "../support/faults.mjs";
import { freshFolder, kohort, write } from "../support/program.mjs";

const rows = Array.from({ length: 40 }, (_, i) => `${i},${i % 7},${i % 5},${"xyz"[i % 3]},${i % 2}`);

/** name of the golden message, exit code, kind of model with its options, options. */
const wrong = [
  ["explain_model_is_none", 3, "lasso", ["table.csv", "--model-file", "table.csv"]],
  ["explain_column_missing", 3, "boosting", ["poor.csv", "--model-file", "model"]],
  ["explain_column_of_another_kind", 3, "boosting", ["texts.csv", "--model-file", "model"]],
  ["explain_codes_as_numbers", 3, "lasso", ["codes.csv", "--model-file", "model"]],
  ["explain_outcome_is_text", 3, "lasso", ["table.csv", "--model-file", "model", "--outcome", "c"]],
  ["explain_outcome_unknown", 3, "lasso", ["nobody.csv", "--model-file", "model", "--outcome", "y"]],
  ["explain_unknown_score", 2, "lasso", ["table.csv", "--model-file", "model", "--outcome", "y", "--score", "auc"]],
  ["explain_exposure_without_log_link", 2, "lasso", ["table.csv", "--model-file", "model", "--outcome", "y", "--exposure", "a"]],
  ["explain_path_of_trees", 2, "boosting", ["table.csv", "--model-file", "model", "--outcome", "y", "--path"]],
  ["explain_path_without_outcome", 2, "lasso", ["table.csv", "--model-file", "model", "--path"]],
  ["explain_alphas_without_path", 2, "lasso", ["table.csv", "--model-file", "model", "--outcome", "y", "--alphas", "1"]],
  ["explain_path_of_one_alpha", 2, "lasso", ["table.csv", "--model-file", "model", "--outcome", "y", "--path", "--set", "alpha=1"]],
  ["explain_path_setting_unknown", 2, "lasso", ["table.csv", "--model-file", "model", "--outcome", "y", "--path", "--set", "tolerance=1"]],
];
for (const [name, code, model, args] of wrong) {
  test(name.replaceAll("_", " "), () => {
    const folder = freshFolder(`fault-${name}`);
    write(join(folder, "table.csv"), `id,a,b,c,y\n${rows.join("\n")}\n`);
    write(join(folder, "poor.csv"), "id,a,bb,c\n1,2,3,x\n");
    write(join(folder, "texts.csv"), "id,a,b,c\n1,2,some,x\n");
    write(join(folder, "codes.csv"), "id,a,b,c\n1,2,3,4\n");
    write(join(folder, "nobody.csv"), "id,a,b,c,y\n1,2,3,x,\n");
    const fitted = kohort(["fit", "table.csv", "--outcome", "y", "--unit", "id", "--model", ...model.split(" "), "--out", "model"], { cwd: folder });
    assert.equal(fitted.code, 0, fitted.err);
    expectFault({ name, code, folder, args: ["explain", ...args, "--unit", "id", "--out", "explained"] });
  });
}
