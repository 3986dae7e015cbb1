#pragma once
// What the entries of one declaration share: its register, windows, splits and relatives, and how its columns
// are named.

#include <string>
#include <utility>
#include <vector>

#include "cohort/predictors.hpp"

namespace kohort {

/// The rows of one code, or all of them.
struct Part {
  std::string split, code;  // empty: all rows
  std::string name, label;  // _group_4 and ", group 4 (Violence)"; empty: all rows
};

struct Window {
  std::optional<int> years;   // nothing: ever
  std::string name() const;   // 3y, ever
  std::string label() const;  // last 3 years, ever
};

/// One declaration, its common keys read.
struct Block {
  const Schema* schema = nullptr;
  const RegisterSchema* reg = nullptr;
  const RegisterSchema* home = nullptr;  // the population's register
  std::string birth;                     // the population's birth column, or empty
  std::string name, label;               // of the rows: charges
  std::string prefix;                    // of attributes: the name given and _, or nothing
  std::string by, where;
  std::vector<Window> windows;
  std::vector<Part> parts;
  std::vector<std::string> relatives;
};

Block parse_block(const Node& declaration, const Schema& schema, const Population& population);

/// `windows` and `split` of an entry, where it is a map that has them; else those of the block.
std::vector<Window> windows_of(const Block& block, const Node& entry);
std::vector<Part> parts_of(const Block& block, const Node& entry);

/// The columns an entry names: a name, a list, or a map's `of`. Throws when one is none of the register's.
std::vector<const SchemaColumn*> columns_of(const Block& block, const Node& entry);

/// Throws Error (study) at `entry` when the register's temporality is none of `allowed`.
void need_temporality(const Block& block, const Node& entry, std::initializer_list<Temporality> allowed);

/// A spec with what the block gives; `middle` and `text` become part of its name and label.
PredictorSpec make_spec(const Block& block, const std::string& relative, Aggregate aggregate,
                        PredictorKind kind, const std::string& name, const std::string& label);

/// offence_group → offence group; the first letter of a sentence as it is.
std::string words(const std::string& name);
/// Lower case, and _ for what is no letter or digit: fit for a column name.
std::string name_part(const std::string& code);

/// The kind of a value taken from `column`, its levels filled in for categories (cut to `digits` when above
/// 0). Throws when it cannot be a predictor.
void set_value_kind(PredictorSpec& spec, const Block& block, const SchemaColumn& column, int digits,
                    const Node& place);

}  // namespace kohort
